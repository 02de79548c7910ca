//===- log.h - Log lines on standard error -----------------------------------------------------------------------===//
//
// One channel per subject ("tier", "link", …). By default only warnings and errors appear, so that a running program's
// own standard error is left alone. spdlog does the work; its headers are heavy (a second per file), so they stay in
// log.cpp.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <fmt/format.h>
#include <string_view>

namespace ajit {

enum class LogLevel { debug, info, warning, error };

/// Drops lines below `level` from now on; the default is to show warnings. Any thread, any time.
void set_log_level(LogLevel level);

/// Writes one line, with `channel`, to standard error. Safe from any thread, not from a signal handler.
void log_line(LogLevel level, std::string_view channel, std::string_view text);

template <typename... Args>
void log_warning(std::string_view channel, fmt::format_string<Args...> format, Args&&... args) {
  log_line(LogLevel::warning, channel, fmt::format(format, std::forward<Args>(args)...));
}

template <typename... Args>
void log_info(std::string_view channel, fmt::format_string<Args...> format, Args&&... args) {
  log_line(LogLevel::info, channel, fmt::format(format, std::forward<Args>(args)...));
}

} // namespace ajit
