// The standard containers: map, unordered_map, vector, priority_queue.
//
// What looks like one loop is hundreds of small template functions at -O0,
// each a linkonce_odr symbol of its own with a name of a hundred characters.
// Run time depends on first calls and inlining. argv[1] is the number of
// events: 2,000 by default, some 20,000,000 for seconds at O3.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <numeric>
#include <queue>
#include <string>
#include <unordered_map>
#include <vector>

struct Event {
  unsigned time, id;
  bool operator>(const Event& other) const { return time != other.time ? time > other.time : id > other.id; }
};

int main(int argc, char** argv) {
  unsigned events = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 2000;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> queue;
  std::map<unsigned, std::vector<unsigned>> by_group;
  std::unordered_map<std::string, unsigned long> totals;
  unsigned random = 1;
  for (unsigned id = 0; id < 64; id++)
    queue.push({id * 7 % 13, id});
  for (unsigned n = 0; n < events; n++) {
    Event event = queue.top();
    queue.pop();
    random = random * 1103515245 + 12345;
    by_group[event.id % 10].push_back(event.time);
    totals["client " + std::to_string(event.id % 17)] += event.time;
    queue.push({event.time + 1 + random / 65536 % 100, event.id});
  }
  for (auto& [group, times] : by_group) {
    std::sort(times.begin(), times.end(), std::greater<>());
    times.erase(std::unique(times.begin(), times.end()), times.end());
    std::printf("group %u: %zu times, sum %llu, first %u\n", group, times.size(),
                std::accumulate(times.begin(), times.end(), 0ull), times.empty() ? 0 : times.front());
  }
  std::vector<std::pair<std::string, unsigned long>> sorted(totals.begin(), totals.end());
  std::sort(sorted.begin(), sorted.end());
  for (auto& [client, total] : sorted)
    std::printf("%s: %lu\n", client.c_str(), total);
  return static_cast<int>(random % 251);
}
