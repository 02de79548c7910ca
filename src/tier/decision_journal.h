//===- decision_journal.h - Keeps every decision and passes it to a sink -----------------------------------------===//
#pragma once

#include "clock.h"
#include "compile_queue.h"
#include "decision_log.h"

#include <functional>
#include <utility>
#include <vector>

namespace ajit {

using DecisionSink = std::function<void(const DecisionRecord&)>;

/// Any thread may use it, also in a signal handler if the sink allows that.
class DecisionJournal {
public:
  /// Passes every decision to `sink`, unless that is empty. Borrows the queue, whose length goes into each record.
  DecisionJournal(const CompileQueue& queue, uint32_t workers, DecisionSink sink)
      : queue_(queue), workers_(workers), sink_(std::move(sink)) {}

  /// Adds the time and the load to `record`, keeps it and passes it to the sink.
  void note(DecisionRecord record) {
    record.time_ms = uptime_ms();
    record.queue_length = queue_.length();
    record.workers = workers_;
    log_.add(record);
    if (sink_) sink_(record);
  }

  std::vector<DecisionRecord> latest() const { return log_.latest(); }

private:
  const CompileQueue& queue_;
  const uint32_t workers_;
  const DecisionSink sink_;
  DecisionLog log_;
};

} // namespace ajit
