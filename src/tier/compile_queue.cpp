//===- compile_queue.cpp -----------------------------------------------------------------------------------------===//
#include "compile_queue.h"
#include "compile_gate.h"

#include <algorithm>
#include <new>
#include <utility>

namespace ajit {

CompileQueue::CompileQueue(uint32_t ahead_batch, std::function<double(FunctionId)> heat_of,
                           std::function<bool(FunctionId)> still_cold)
    : ahead_batch_(std::max(ahead_batch, 1U)), heat_of_(std::move(heat_of)), still_cold_(std::move(still_cold)) {}

bool CompileQueue::push_tier_up(CompileRequest& request, FunctionId id, uint64_t calls, SteadyClock::time_point now) {
  if (!push(request, {.id = id, .calls = calls, .now = now})) return false;
  wake_one();
  return true;
}

bool CompileQueue::push_loop(CompileRequest& request, FunctionId id, uint32_t loop, uint64_t ticks,
                             SteadyClock::time_point now) {
  if (!push(request, {.id = id, .loop = loop, .calls = ticks, .now = now})) return false;
  wake_one();
  return true;
}

void CompileQueue::push_warm_up(Tier tier) {
  if (stopped()) return;
  warm_up_.store(static_cast<uint8_t>(tier_index(tier) + 1), std::memory_order_relaxed);
  wake_one();
}

bool CompileQueue::push(CompileRequest& request, const Wanted& wanted) {
  if (stopped() || request.waiting_.exchange(true, std::memory_order_acq_rel)) return false;
  request.id_ = wanted.id;
  request.loop_ = wanted.loop;
  request.calls_ = wanted.calls;
  request.asked_at_ = wanted.now;
  length_.fetch_add(1, std::memory_order_relaxed);
  if (request.kind_ == CompileRequest::Kind::loop) loops_waiting_.fetch_add(1, std::memory_order_relaxed);

  // Workers take only whole lists from the inbox, and a push relies on the head alone, so a recurring head is harmless
  // (no ABA).
  request.next_ = inbox_.load(std::memory_order_relaxed);
  while (!inbox_.compare_exchange_weak(request.next_, &request, std::memory_order_release, std::memory_order_relaxed)) {
  }
  return true;
}

std::optional<CompileTask> CompileQueue::take() {
  for (;;) {
    // Read before the look at the lists: a later push changes it, and then the wait below returns at once.
    const uint32_t pushes = pushes_.load(std::memory_order_acquire);
    {
      const CompileGate::Inside inside;
      MutexLock lock(mutex_);
      if (stopped()) return std::nullopt;
      if (parks_.load(std::memory_order_relaxed) == 0) {
        empty_inbox();
        if (auto task = pick()) {
          under_way_.fetch_add(1, std::memory_order_relaxed);
          // One push may have brought work for several workers, but it woke one.
          if (!tier_ups_.empty() || !aheads_.empty() || !loops_.empty()) wake_one();
          return task;
        }
      }
    }
    pushes_.wait(pushes, std::memory_order_acquire);
  }
}

void CompileQueue::finish() {
  // A thread that finds no task under way sees what the task has done.
  under_way_.fetch_sub(1, std::memory_order_seq_cst);
  under_way_.notify_all();
}

void CompileQueue::set_aside() { aside_.fetch_add(1, std::memory_order_relaxed); }

void CompileQueue::finish_aside() {
  aside_.fetch_sub(1, std::memory_order_relaxed);
  finish();
}

bool CompileQueue::try_begin() {
  under_way_.fetch_add(1, std::memory_order_seq_cst);
  if (parks_.load(std::memory_order_seq_cst) == 0) return true;
  finish();
  return false;
}

void CompileQueue::park() {
  {
    MutexLock lock(mutex_);
    parks_.fetch_add(1, std::memory_order_seq_cst); // from here on no task begins
  }
  while (const uint32_t under_way = under_way_.load(std::memory_order_seq_cst))
    under_way_.wait(under_way, std::memory_order_relaxed);
}

void CompileQueue::unpark() {
  {
    MutexLock lock(mutex_);
    parks_.fetch_sub(1, std::memory_order_relaxed);
  }
  wake_all();
}

void CompileQueue::stop() {
  {
    MutexLock lock(mutex_);
    stopped_.store(true, std::memory_order_relaxed);
  }
  wake_all();
}

void CompileQueue::reset_after_fork() {
  empty_inbox();
  for (auto* requests : {&tier_ups_, &aheads_, &loops_}) {
    for (CompileRequest* request : *requests)
      request->waiting_.store(false, std::memory_order_release);
    requests->clear();
  }
  length_.store(0, std::memory_order_relaxed);
  loops_waiting_.store(0, std::memory_order_relaxed);
  warm_up_.store(0, std::memory_order_relaxed);
  under_way_.store(0, std::memory_order_relaxed);
  aside_.store(0, std::memory_order_relaxed);
  parks_.store(0, std::memory_order_relaxed);
}

void CompileQueue::wake_one() {
  // Sequentially consistent, so that notify's look for sleepers comes after it.
  pushes_.fetch_add(1, std::memory_order_seq_cst);
  pushes_.notify_one();
}

void CompileQueue::wake_all() {
  pushes_.fetch_add(1, std::memory_order_seq_cst);
  pushes_.notify_all();
}

void CompileQueue::hold(std::vector<CompileRequest*>& list, CompileRequest& request) {
  try {
    list.push_back(&request);
  } catch (const std::bad_alloc&) {
    // What the request was for keeps its tier.
    length_.fetch_sub(1, std::memory_order_relaxed);
    if (request.kind_ == CompileRequest::Kind::loop) loops_waiting_.fetch_sub(1, std::memory_order_relaxed);
    request.waiting_.store(false, std::memory_order_release);
  }
}

void CompileQueue::empty_inbox() {
  CompileRequest* request = inbox_.exchange(nullptr, std::memory_order_acquire);
  const auto first_ahead = static_cast<std::ptrdiff_t>(aheads_.size());
  const auto first_loop = static_cast<std::ptrdiff_t>(loops_.size());
  for (CompileRequest* next; request != nullptr; request = next) {
    next = request->next_; // a request that is dropped may be pushed again at once
    switch (request->kind_) {
    case CompileRequest::Kind::tier_up:
      hold(tier_ups_, *request);
      break;
    case CompileRequest::Kind::ahead:
      hold(aheads_, *request);
      break;
    case CompileRequest::Kind::loop:
      hold(loops_, *request);
      break;
    }
  }
  std::reverse(aheads_.begin() + first_ahead, aheads_.end());
  std::reverse(loops_.begin() + first_loop, loops_.end());
}

std::optional<CompileTask> CompileQueue::pick() {
  const bool their_turn = loop_was_last_ && !tier_ups_.empty();
  loop_was_last_ = !loops_.empty() && !their_turn;
  if (loop_was_last_) return pick_loop();
  if (their_turn) return pick_hottest();
  if (AheadBatch batch = pick_ahead(); !batch.empty()) return batch;
  if (!tier_ups_.empty()) return pick_hottest();
  if (const uint8_t tier = warm_up_.exchange(0, std::memory_order_relaxed))
    return WarmUpTask{.tier = all_tiers[static_cast<std::size_t>(tier - 1)]};
  return std::nullopt;
}

TierUpTask CompileQueue::pick_hottest() {
  std::size_t hottest = 0;
  double highest = heat_of_(tier_ups_[0]->id_);
  for (std::size_t i = 1; i < tier_ups_.size(); ++i) {
    const double heat = heat_of_(tier_ups_[i]->id_);
    if (heat > highest) {
      highest = heat;
      hottest = i;
    }
  }
  CompileRequest& request = *std::exchange(tier_ups_[hottest], tier_ups_.back());
  tier_ups_.pop_back();
  length_.fetch_sub(1, std::memory_order_relaxed);

  const TierUpTask task{.id = request.id_, .calls = request.calls_, .asked_at = request.asked_at_};
  request.waiting_.exchange(false, std::memory_order_acq_rel);
  return task;
}

LoopTask CompileQueue::pick_loop() {
  CompileRequest& request = *loops_.front();
  loops_.erase(loops_.begin());                 // there are never more than a few
  warm_up_.store(0, std::memory_order_relaxed); // too late: this compile warms up what it needs
  length_.fetch_sub(1, std::memory_order_relaxed);
  loops_waiting_.fetch_sub(1, std::memory_order_relaxed);

  const LoopTask task{.id = request.id_, .loop = request.loop_, .ticks = request.calls_, .asked_at = request.asked_at_};
  request.waiting_.store(false, std::memory_order_release);
  return task;
}

AheadBatch CompileQueue::pick_ahead() {
  AheadBatch batch;
  while (!aheads_.empty() && batch.size() < ahead_batch_) {
    CompileRequest& request = *aheads_.back();
    aheads_.pop_back();
    length_.fetch_sub(1, std::memory_order_relaxed);
    const FunctionId id = request.id_;
    request.waiting_.store(false, std::memory_order_release);
    if (still_cold_(id))
      batch.push_back(id);
    else
      withdrawn_.fetch_add(1, std::memory_order_relaxed);
  }
  return batch;
}

} // namespace ajit
