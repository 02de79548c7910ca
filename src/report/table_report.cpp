//===- table_report.cpp - Statistics as tables to read ------------------------------------------------------------===//
#include "error.h"
#include "stats.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <llvm/Demangle/Demangle.h>
#include <tuple>

namespace ajit {
namespace {

constexpr size_t most_rows = 40;

std::string count_text(uint64_t value) {
  std::string digits = std::to_string(value);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<size_t>(at), ",");
  return digits;
}

/// The demangled name, without the parameters, cut to the column.
std::string short_name(const std::string& symbol) {
  std::string name = printable(llvm::demangle(symbol));
  if (name != symbol) name = name.substr(0, name.find('('));
  return name.size() <= 28 ? name : name.substr(0, 27) + "~";
}

/// The latest tier that has samples.
const TierSnapshot* sampled_tier(const ProfileSnapshot& function) {
  for (auto tier = function.tiers.rbegin(); tier != function.tiers.rend(); ++tier)
    if (tier->timed_calls != 0) return &*tier;
  return nullptr;
}

/// Average cycles per call at each tier: "812 > 301 > 120 > 118"; a dot where there is no sample.
std::string averages(const ProfileSnapshot& function) {
  std::string text;
  for (const TierSnapshot& tier : function.tiers) {
    if (!text.empty()) text += " > ";
    text += tier.timed_calls == 0 ? "." : fmt::format("{:.0f}", tier.cycles_average());
  }
  return text;
}

std::string row(const ProfileSnapshot& function) {
  const TierSnapshot* sampled = sampled_tier(function);
  auto cycles = [&](uint64_t TierSnapshot::*field) { return sampled ? count_text(sampled->*field) : std::string("-"); };
  return fmt::format("{:<28} {:>13}{} {:<4} {:<9} {:<3} {:>8} {:>14} {:>10} {:>12} {:>12}  {}\n",
                     short_name(function.name), count_text(function.calls), function.counting ? ' ' : '+',
                     tier_name(function.status.tier), state_name(function.status.state), function.hot ? "hot" : "",
                     sampled ? std::to_string(sampled->timed_calls) : "-", cycles(&TierSnapshot::cycles_total),
                     cycles(&TierSnapshot::cycles_min), cycles(&TierSnapshot::cycles_max),
                     sampled ? fmt::format("{:.0f}", sampled->cycles_average()) : "-", averages(function));
}

/// "O1 1 (0.8 ms, 512 bytes), O3 2 (…)": per continuation, the frames that entered it and its cost.
std::string entries(const LoopSnapshot& loop) {
  std::string text;
  for (Tier tier : all_tiers) {
    const ContinuationSnapshot& continuation = loop.tiers[tier_index(tier)];
    if (!continuation.installed) continue;
    if (!text.empty()) text += ", ";
    text += fmt::format("{} {} ({:.1f} ms, {} bytes)", tier_name(tier), count_text(continuation.entered),
                        continuation.cost.microseconds / 1000.0, count_text(continuation.cost.code_bytes));
  }
  return text;
}

/// A row of the table of loops.
std::string row(const ProfileSnapshot& function, const LoopSnapshot& loop) {
  const std::string line = loop.line == 0 ? "-" : std::to_string(loop.line);
  const std::string& why = loop.excluded.empty() ? loop.note : loop.excluded;
  return fmt::format("{:<28} {:>5} {:>6} {:>6} {:>8}  {}{}\n", short_name(function.name), loop.index, line, loop.depth,
                     count_text(loop.ticks), entries(loop),
                     why.empty() ? "" : fmt::format("stays in the loop: {}", why));
}

/// The loops that had ticks or whose continuations were entered, most ticks first; empty without such loops.
std::string loop_table(const std::vector<const ProfileSnapshot*>& functions, const char* bold, const char* plain) {
  std::vector<std::pair<const ProfileSnapshot*, const LoopSnapshot*>> order;
  for (const ProfileSnapshot* function : functions)
    for (const LoopSnapshot& loop : function->loops)
      if (loop.ticks != 0 || loop.entered() != 0) order.emplace_back(function, &loop);
  if (order.empty()) return {};
  std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    const auto rank = [](const auto& at) {
      return std::tuple(~at.second->ticks, ~at.second->entered(), std::string_view(at.first->name), at.second->index);
    };
    return rank(a) < rank(b);
  });
  std::string text = fmt::format("{}{:<28} {:>5} {:>6} {:>6} {:>8}  {}{}\n", bold, "loops that ran for long", "loop",
                                 "line", "depth", "ticks", "frames that went on at each tier", plain);
  for (size_t i = 0; i != std::min(order.size(), most_rows); ++i)
    text += row(*order[i].first, *order[i].second);
  if (order.size() > most_rows) text += fmt::format("… and {} more loops\n", order.size() - most_rows);
  return text;
}

} // namespace

std::string stats_table(const Stats& stats, bool colour) {
  std::vector<const ProfileSnapshot*> order;
  for (const ProfileSnapshot& function : stats.functions)
    order.push_back(&function);
  std::sort(order.begin(), order.end(), [](const ProfileSnapshot* a, const ProfileSnapshot* b) {
    return a->calls != b->calls ? a->calls > b->calls : a->name < b->name;
  });
  std::string text;
  auto out = std::back_inserter(text);
  const char *bold = colour ? "\033[1m" : "", *plain = colour ? "\033[0m" : "";
  fmt::format_to(out, "{}{:<28} {:>13}  {:<4} {:<9} {:<3} {:>8} {:>14} {:>10} {:>12} {:>12}  {}{}\n", bold, "function",
                 "calls", "tier", "state", "", "timed", "cycles total", "min", "max", "average",
                 "average at O0 > O1 > O2 > O3", plain);
  for (size_t i = 0; i != std::min(order.size(), most_rows); ++i)
    text += row(*order[i]);
  if (order.size() > most_rows) fmt::format_to(out, "… and {} more functions\n", order.size() - most_rows);
  for (const ProfileSnapshot* function : order)
    if (!function->note.empty())
      fmt::format_to(out, "{}: stays at {}: {}\n", function->name, tier_name(function->status.tier), function->note);
  text += loop_table(order, bold, plain);

  const TierStats& tiers = stats.tiers;
  fmt::format_to(out, "functions: {} defined, {} compiled; bodies:", count_text(stats.functions_defined),
                 count_text(stats.functions.size()));
  for (Tier tier : all_tiers)
    fmt::format_to(out, " {} {}", tier_name(tier), count_text(stats.times[tier_index(tier)].bodies));
  fmt::format_to(out, "; code {} bytes, read-only {} bytes, data {} bytes\n", count_text(stats.code_bytes),
                 count_text(stats.rodata_bytes), count_text(stats.data_bytes));
  fmt::format_to(out, "tier-ups: {} installed, {} failed, {} overtaken, {} dropped; queue peak {}; {} ticks\n",
                 tiers.compiled, tiers.failed, tiers.overtaken, tiers.dropped, tiers.queue_peak,
                 count_text(tiers.ticks));
  if (tiers.loop_ticks + tiers.loop_entries + tiers.continuations != 0)
    fmt::format_to(out, "loops: {} ticks; {} continuations compiled, {} failed; {} frames went on in one\n",
                   count_text(tiers.loop_ticks), tiers.continuations, tiers.failed_continuations,
                   count_text(tiers.loop_entries));
  fmt::format_to(out, "crossing a threshold cost the caller at most {:.1f} us (99th percentile of {})\n",
                 stats.cycles_per_ms > 0 ? static_cast<double>(tiers.crossing_cycles_p99) * 1000 / stats.cycles_per_ms
                                         : 0.0,
                 count_text(tiers.crossings));
  return text;
}

std::string time_table(const Stats& stats) {
  std::string text;
  auto out = std::back_inserter(text);
  fmt::format_to(out, "{:<6} {:>7} {:>7} {:>7} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>10}\n", "ms", "units", "bodies",
                 "loops", "imported", "wait", "build", "passes", "codegen", "link", "per body");
  TierTimes sum;
  auto line = [&](std::string_view name, const TierTimes& times) {
    double total = times.wait_ms + times.build_ms + times.pipeline_ms + times.codegen_ms + times.link_ms;
    const uint64_t made = times.bodies + times.continuations;
    fmt::format_to(out, "{:<6} {:>7} {:>7} {:>7} {:>9} {:>9.2f} {:>9.2f} {:>9.2f} {:>9.2f} {:>9.2f} {:>10.3f}\n", name,
                   times.units, times.bodies, times.continuations, times.imported, times.wait_ms, times.build_ms,
                   times.pipeline_ms, times.codegen_ms, times.link_ms,
                   made == 0 ? 0.0 : total / static_cast<double>(made));
  };
  for (Tier tier : all_tiers) {
    line(tier_name(tier), stats.times[tier_index(tier)]);
    sum += stats.times[tier_index(tier)];
  }
  line("all", sum);
  return text;
}

} // namespace ajit
