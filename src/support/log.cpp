#include "log.h"
#include "compile_gate.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace ajit {
namespace {

/// Never destroyed: threads of the program may log while the process exits.
spdlog::logger& logger() {
  static spdlog::logger* instance = [] {
    auto sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
    auto* made = new spdlog::logger("ajit", std::move(sink));
    made->set_pattern("ajit: %^%v%$");
    made->set_level(spdlog::level::warn);
    return made;
  }();
  return *instance;
}

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
  case LogLevel::debug:
    return spdlog::level::debug;
  case LogLevel::info:
    return spdlog::level::info;
  case LogLevel::warning:
    return spdlog::level::warn;
  case LogLevel::error:
    return spdlog::level::err;
  }
  return spdlog::level::err;
}

} // namespace

void set_log_level(LogLevel level) { logger().set_level(to_spdlog(level)); }

void log_line(LogLevel level, std::string_view channel, std::string_view text) {
  if (!logger().should_log(to_spdlog(level))) return;
  const CompileGate::Inside inside; // the logger has a lock
  logger().log(to_spdlog(level), "[{}] {}", channel, text);
}

} // namespace ajit
