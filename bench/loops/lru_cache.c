// A cache that evicts the least recently used entry, under Zipf-like requests: the usual doubly linked list with a
// sentinel (Knuth, The Art of Computer Programming, volume 1, section 2.2.5) over nodes on the stack, and a table of
// pointers to them.
//
// Structs on main's stack with pointers into them, in memory and in variables. argv[1] is the number of requests:
// 10,000 by default.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { capacity = 64, keys = 1024 };
struct node {
  struct node *previous, *next;
  int key;
  unsigned uses;
};

int main(int argc, char** argv) {
  long requests = argc > 1 ? atol(argv[1]) : 10000;
  struct node nodes[capacity], ends;
  struct node* holder[keys] = {0};
  ends.previous = ends.next = &ends;
  for (int i = 0; i < capacity; i++) {
    struct node* fresh = &nodes[i];
    fresh->key = -1;
    fresh->uses = 0;
    fresh->next = &ends;
    fresh->previous = ends.previous;
    ends.previous = ends.previous->next = fresh;
  }
  uint64_t state = 88172645463325252u, digest = 0;
  long hits = 0;
  for (long i = 0; i < requests; i++) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    int key = (int)(state & (state >> 10) & (state >> 20) & (keys - 1));
    struct node* found = holder[key];
    if (found) {
      hits++;
    } else {
      found = ends.previous;
      if (found->key >= 0) holder[found->key] = NULL;
      digest = digest * 31 + found->uses;
      found->uses = 0;
      found->key = key;
      holder[key] = found;
    }
    found->uses++;
    found->previous->next = found->next;
    found->next->previous = found->previous;
    found->next = ends.next;
    found->previous = &ends;
    ends.next = ends.next->previous = found;
  }
  printf("%ld requests: %ld hits, digest %016llx, newest %d\n", requests, hits, (unsigned long long)digest,
         ends.next->key);
  return 0;
}
