//===- json_report.cpp - Statistics as JSON -----------------------------------------------------------------------===//
#include "stats.h"

#include <llvm/Support/JSON.h>
#include <llvm/Support/raw_ostream.h>

namespace ajit {
namespace {

using llvm::json::OStream;

llvm::StringRef ref(std::string_view text) { return {text.data(), text.size()}; }

void write_tier(OStream& json, Tier tier, const TierSnapshot& snapshot) {
  json.attributeObject(ref(tier_name(tier)), [&] {
    json.attribute("calls_before", snapshot.calls_before);
    json.attribute("published_ms", snapshot.published_ms);
    json.attribute("compile_us", snapshot.cost.microseconds);
    json.attribute("code_bytes", snapshot.cost.code_bytes);
    json.attribute("timed_calls", snapshot.timed_calls);
    json.attribute("cycles_total", snapshot.cycles_total);
    json.attribute("cycles_min", snapshot.cycles_min);
    json.attribute("cycles_max", snapshot.cycles_max);
    json.attribute("cycles_average", snapshot.cycles_average());
  });
}

void write_loop(OStream& json, const LoopSnapshot& loop) {
  json.object([&] {
    json.attribute("index", loop.index);
    json.attribute("line", loop.line);
    json.attribute("depth", loop.depth);
    if (!loop.excluded.empty()) json.attribute("excluded", loop.excluded);
    json.attribute("ticks", loop.ticks);
    json.attribute("state", ref(state_name(loop.status.state)));
    if (!loop.note.empty()) json.attribute("note", loop.note);
    json.attributeObject("continuations", [&] {
      for (Tier tier : all_tiers) {
        const ContinuationSnapshot& snapshot = loop.tiers[tier_index(tier)];
        if (!snapshot.installed) continue;
        json.attributeObject(ref(tier_name(tier)), [&] {
          json.attribute("entered", snapshot.entered);
          json.attribute("published_ms", snapshot.published_ms);
          json.attribute("compile_us", snapshot.cost.microseconds);
          json.attribute("code_bytes", snapshot.cost.code_bytes);
        });
      }
    });
  });
}

void write_function(OStream& json, const ProfileSnapshot& function) {
  json.object([&] {
    json.attribute("name", function.name);
    json.attribute("calls", function.calls);
    json.attribute("calls_exact", function.counting);
    json.attribute("tier", ref(tier_name(function.status.tier)));
    json.attribute("state", ref(state_name(function.status.state)));
    json.attribute("hot", function.hot);
    if (!function.note.empty()) json.attribute("note", function.note);
    json.attributeObject("tiers", [&] {
      for (Tier tier : all_tiers)
        if (function.tiers[tier_index(tier)].installed) write_tier(json, tier, function.tiers[tier_index(tier)]);
    });
    if (function.loops.empty()) return;
    json.attributeArray("loops", [&] {
      for (const LoopSnapshot& loop : function.loops)
        write_loop(json, loop);
    });
  });
}

void write_times(OStream& json, const Stats& stats) {
  json.attributeObject("compile_times", [&] {
    for (Tier tier : all_tiers) {
      const TierTimes& times = stats.times[tier_index(tier)];
      json.attributeObject(ref(tier_name(tier)), [&] {
        json.attribute("units", times.units);
        json.attribute("bodies", times.bodies);
        json.attribute("continuations", times.continuations);
        json.attribute("imported", times.imported);
        json.attribute("wait_ms", times.wait_ms);
        json.attribute("build_ms", times.build_ms);
        json.attribute("passes_ms", times.pipeline_ms);
        json.attribute("codegen_ms", times.codegen_ms);
        json.attribute("link_ms", times.link_ms);
      });
    }
  });
}

void write_tiering(OStream& json, const TierStats& tiers, double cycles_per_ms) {
  auto microseconds = [&](uint64_t cycles) {
    return cycles_per_ms > 0 ? static_cast<double>(cycles) * 1000 / cycles_per_ms : 0;
  };
  json.attributeObject("tiering", [&] {
    json.attribute("ticks", tiers.ticks);
    json.attribute("tick_p99_us", microseconds(tiers.tick_cycles_p99));
    json.attribute("crossings", tiers.crossings);
    json.attribute("crossing_p99_us", microseconds(tiers.crossing_cycles_p99));
    json.attribute("installed", tiers.compiled);
    json.attribute("failed", tiers.failed);
    json.attribute("overtaken", tiers.overtaken);
    json.attribute("dropped", tiers.dropped);
    json.attribute("ahead", tiers.ahead);
    json.attribute("withdrawn", tiers.withdrawn);
    json.attribute("continuations", tiers.continuations);
    json.attribute("failed_continuations", tiers.failed_continuations);
    json.attribute("loop_ticks", tiers.loop_ticks);
    json.attribute("loop_entries", tiers.loop_entries);
    json.attribute("queue_peak", tiers.queue_peak);
  });
}

} // namespace

std::string stats_json(const Stats& stats) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  OStream json(stream, /*IndentSize=*/1);
  json.object([&] {
    json.attribute("uptime_ms", stats.uptime_ms);
    json.attribute("cycles_per_ms", stats.cycles_per_ms);
    json.attribute("functions_defined", stats.functions_defined);
    json.attributeObject("memory", [&] {
      json.attribute("code_bytes", stats.code_bytes);
      json.attribute("rodata_bytes", stats.rodata_bytes);
      json.attribute("data_bytes", stats.data_bytes);
    });
    write_tiering(json, stats.tiers, stats.cycles_per_ms);
    write_times(json, stats);
    json.attributeArray("functions", [&] {
      for (const ProfileSnapshot& function : stats.functions)
        write_function(json, function);
    });
  });
  text += "\n";
  return text;
}

} // namespace ajit
