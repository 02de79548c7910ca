//===- decision_record.cpp ---------------------------------------------------------------------------------------===//
#include "decision_record.h"

#include <fmt/format.h>

namespace ajit {

std::string_view action_name(Action action) {
  switch (action) {
  case Action::none:
    return "none";
  case Action::enqueue:
    return "enqueue";
  case Action::raise:
    return "raise";
  case Action::compile:
    return "compile";
  case Action::drop:
    return "drop";
  case Action::install:
    return "install";
  case Action::fail:
    return "fail";
  }
  return "?";
}

std::string_view reason_text(Reason reason) {
  switch (reason) {
  case Reason::below_threshold:
    return "below the next threshold";
  case Reason::threshold_crossed:
    return "threshold crossed";
  case Reason::held_by_load:
    return "held back: too many requests wait";
  case Reason::held_by_cost:
    return "held back: the processors are busy, and the compile costs more than it can save so far";
  case Reason::overtaken:
    return "a higher tier became due while the request waited";
  case Reason::already_queued:
    return "a request waits already";
  case Reason::already_compiling:
    return "a compile is under way";
  case Reason::gone_cold:
    return "not called since it was requested, and others wait";
  case Reason::gave_way:
    return "the loop seems to be over, and another loop needs the compile thread";
  case Reason::at_last_tier:
    return "at the last tier";
  case Reason::pinned:
    return "pinned to its tier";
  case Reason::failed_before:
    return "an earlier compile failed";
  case Reason::not_called_yet:
    return "not called yet";
  case Reason::parked:
    return "compiles are held back";
  case Reason::compiled:
    return "compiled";
  case Reason::compiler_error:
    return "the compiler failed";
  case Reason::called_once:
    return "called once";
  case Reason::turns_around:
    return "a loop around it iterates too";
  case Reason::nest_busy:
    return "a continuation of another loop of its nest is under way";
  case Reason::loop_runs:
    return "the loop keeps running";
  case Reason::loops_run:
    return "its loops keep running";
  case Reason::shares_unit:
    return "compiled in one unit with a hotter function";
  case Reason::wanted_by_child:
    return "forked children wanted it";
  case Reason::forced:
    return "forced";
  }
  return "?";
}

std::string describe_loop(uint32_t index, uint32_t line) {
  return line == 0 ? fmt::format("loop #{}", index) : fmt::format("loop at line {} (#{})", line, index);
}

std::string describe(const DecisionRecord& record, std::string_view function_name) {
  const bool of_loop = record.loop != no_loop;
  const std::string place = of_loop ? fmt::format(": {}", describe_loop(record.loop, record.line)) : std::string();
  auto line = fmt::format("{:10.3f} ms  {}{}: {} {} -> {} at {} {}: {}", record.time_ms, function_name, place,
                          action_name(record.action), tier_name(record.tier), tier_name(record.target), record.calls,
                          of_loop ? "ticks" : "calls", reason_text(record.reason));
  if (record.threshold != 0) line += fmt::format(" (threshold {})", record.threshold);
  if (record.action == Action::install)
    line += fmt::format(" in {:.3f} ms, {} bytes", record.microseconds / 1000.0, record.code_bytes);
  line += fmt::format(", {} waiting", record.queue_length);
  return line;
}

} // namespace ajit
