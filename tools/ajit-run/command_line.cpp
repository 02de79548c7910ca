#include "command_line.h"

#include <CLI/CLI.hpp>
#include <array>
#include <charconv>
#include <fmt/format.h>
#include <thread>

namespace ajit {
namespace {

constexpr std::array<std::pair<std::string_view, Tier>, 8> tier_words{{{"O0", Tier::O0},
                                                                       {"O1", Tier::O1},
                                                                       {"O2", Tier::O2},
                                                                       {"O3", Tier::O3},
                                                                       {"0", Tier::O0},
                                                                       {"1", Tier::O1},
                                                                       {"2", Tier::O2},
                                                                       {"3", Tier::O3}}};
constexpr std::array<std::pair<std::string_view, ProfileMode>, 3> profile_words{
    {{"off", ProfileMode::off}, {"sampled", ProfileMode::sampled}, {"full", ProfileMode::full}}};
constexpr std::array<std::pair<std::string_view, OsrMode>, 3> osr_words{
    {{"off", OsrMode::off}, {"on", OsrMode::on}, {"force", OsrMode::force}}};
constexpr std::array<std::pair<std::string_view, DebuggerSupport>, 3> debugger_words{
    {{"auto", DebuggerSupport::automatic}, {"off", DebuggerSupport::off}, {"on", DebuggerSupport::on}}};
constexpr std::array<std::pair<std::string_view, PerfSupport>, 3> perf_words{
    {{"off", PerfSupport::off}, {"map", PerfSupport::map}, {"jitdump", PerfSupport::jitdump}}};
constexpr std::array<std::pair<std::string_view, StatsFormat>, 2> stats_words{
    {{"table", StatsFormat::table}, {"json", StatsFormat::json}}};

/// An option whose value is one of `words`; `said` is how the message lists them.
template <typename Value, size_t count>
CLI::Option* add_choice(CLI::App& app, const std::string& option, Value& target,
                        const std::array<std::pair<std::string_view, Value>, count>& words, std::string_view said,
                        const std::string& help) {
  return app.add_option_function<std::string>(
      option,
      [&target, &words, option, said](const std::string& text) {
        for (const auto& [word, value] : words)
          if (word == text) {
            target = value;
            return;
          }
        throw CLI::ValidationError(option, fmt::format("{} is not one of {}", text.empty() ? "''" : text, said));
      },
      help);
}

/// Parses "100,1000,10000" into `thresholds`. Returns what is wrong with it, or an empty string. CLI11's own lists
/// would take the words after it.
std::string parse_thresholds(const std::string& text, std::array<uint64_t, 3>& thresholds) {
  if (text == "never") {
    thresholds.fill(never);
    return {};
  }
  const char* at = text.data();
  const char* end = at + text.size();
  for (size_t i = 0; i != thresholds.size(); ++i) {
    auto [next, problem] = std::from_chars(at, end, thresholds[i]);
    bool separated = i + 1 == thresholds.size() ? next == end : next != end && *next == ',';
    if (problem != std::errc() || !separated) return "expected three numbers separated by commas, or never";
    at = next + 1;
  }
  return {};
}

void add_tier_options(CLI::App& app, Options& options) {
  app.add_option_function<std::string>(
         "--tiers",
         [&options](const std::string& text) {
           std::string problem = parse_thresholds(text, options.tiers.thresholds);
           if (!problem.empty()) throw CLI::ValidationError("--tiers", problem);
         },
         "Calls after which a function goes to O1, O2 and O3 (100,1000,10000); never: functions stay at their first "
         "tier")
      ->type_name("N,N,N");
  constexpr std::string_view tiers = "O0, O1, O2, O3";
  add_choice(app, "--min-tier", options.tiers.min_tier, tier_words, tiers, "Tier of the first compile (O0)")
      ->type_name("TIER");
  add_choice(app, "--max-tier", options.tiers.max_tier, tier_words, tiers, "Highest tier (O3)")->type_name("TIER");
  app.add_option("--compile-threads", options.tiers.compile_threads, "Background compile threads")
      ->check(CLI::Range(1, 256))
      ->type_name("N");
  app.add_option("--unit-instructions", options.tiers.unit_instructions,
                 "Functions of a module are compiled together up to this many IR instructions; 0: one by one (2500)")
      ->type_name("N");
  app.add_option("--compile-budget", options.compile_budget_ms,
                 "Processor time that one background compile may take, in milliseconds (grows with the function)")
      ->type_name("MS");
  app.add_flag("--sync", options.tiers.sync, "The call that crosses a threshold waits for its compile");
  add_choice(app, "--profile", options.tiers.profile, profile_words, "off, sampled, full",
             "Which calls are timed: off, sampled (default) or full")
      ->type_name("MODE");
  app.add_flag("!--no-ahead", options.compile_ahead, "Compile functions only when they are first called");
}

void add_osr_options(CLI::App& app, OsrOptions& osr) {
  add_choice(app, "--osr", osr.mode, osr_words, "off, on, force",
             "Move running loops to better code: on (default), off, or force (at their first check)")
      ->type_name("MODE");
  app.add_option("--osr-ticks", osr.ticks, "Ticks after which a running loop moves to better code (3)")->type_name("N");
  app.add_option_function<int64_t>(
         "--osr-interval-us", [&osr](const int64_t& value) { osr.interval = std::chrono::microseconds(value); },
         "Interval between ticks, in microseconds (1000)")
      ->type_name("N");
  app.add_option_function<uint64_t>(
         "--osr-seed", [&osr](const uint64_t& value) { osr.seed = value; },
         "With --osr=force: seed that decides when a loop is left, and for which tier")
      ->type_name("N");
}

void add_inspection_options(CLI::App& app, Request& request) {
  add_choice(app, "--stats", request.stats, stats_words, "table, json",
             "Print a table of functions at exit; --stats=json prints JSON")
      ->type_name("[=FORMAT]");
  app.add_flag("--explain-tiers", request.options.tiers.explain, "Log each decision with its reason and time");
  app.add_flag("--time-report", request.time_report, "Print where compile time went");
  app.add_option("--dump-ir", request.options.dump.directory, "Write the IR of each function at each tier")
      ->type_name("DIR");
  app.add_flag("--dump-asm", request.options.dump.assembly, "With --dump-ir: write the machine code as well");
  app.add_option("--dump-filter", request.options.dump.filter, "With --dump-ir: only functions that match")
      ->type_name("REGEX");
}

void add_tool_options(CLI::App& app, Options& options) {
  // For the project's tests: not shown by --help.
  app.add_flag("--through-bytes", options.through_bytes, "Write and read back each compiled unit")->group("");
  add_choice(app, "--debugger", options.debugger, debugger_words, "auto, off, on",
             "Register generated code with gdb: auto (default: if started under gdb), on (--debugger alone), off")
      ->type_name("[=MODE]");
  add_choice(app, "--perf", options.perf, perf_words, "off, map, jitdump",
             "Name generated code for perf: --perf=map (--perf alone) writes /tmp/perf-PID.map, --perf=jitdump a file "
             "for perf inject")
      ->type_name("[=FORM]");
}

/// Adds the default value to options given without one. These options take a value after '=' only: `--stats module.bc`
/// must not take the module for its value.
std::vector<std::string> spell_out_defaults(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  for (std::string& argument : arguments)
    for (const auto& [option, value] : {std::pair("--stats", "=table"), {"--debugger", "=on"}, {"--perf", "=map"}})
      if (argument == option) argument += value;
  return arguments;
}

int refuse(const std::string& why) {
  fmt::print(stderr, "ajit-run: error: {}\n", why);
  return 1;
}

} // namespace

std::optional<Request> parse_command_line(int argc, char** argv, int& status) {
  Request request;
  std::vector<std::string> more_modules;
  unsigned cores = std::thread::hardware_concurrency();
  request.options.tiers.compile_threads = cores > 2 ? cores - 1 : 1;

  CLI::App app("Runs LLVM bitcode, optimising what is hot while it runs.\n"
               "usage: ajit-run [options] module.bc [arguments of the program]",
               "ajit-run");
  app.prefix_command();
  app.set_version_flag("--version", "ajit-run 0.1.0, LLVM 19");
  app.add_option("--module", more_modules, "A further module, linked with the first")
      ->type_name("FILE")
      ->allow_extra_args(false);
  app.add_option("--load", request.libraries, "A shared library to take symbols from")
      ->type_name("FILE")
      ->allow_extra_args(false);
  std::optional<std::string> name;
  app.add_option("--argv0", name, "argv[0] of the program (the module's path)")->type_name("NAME");
  app.add_option("--entry", request.entry, "Function to call (main)")->type_name("NAME");
  request.options.executable = true;
  app.add_flag("--lazy-symbols", request.options.lazy_symbols, "Report undefined functions when they are called");
  add_tier_options(app, request.options);
  add_osr_options(app, request.options.tiers.osr);
  add_inspection_options(app, request);
  add_tool_options(app, request.options);

  try {
    std::vector<std::string> arguments = spell_out_defaults(argc, argv);
    // CLI11 would take the next word for an empty value.
    for (const std::string& argument : arguments) {
      if (!argument.starts_with("--")) break;
      if (argument.ends_with('='))
        throw CLI::ValidationError(argument.substr(0, argument.size() - 1), "no value given");
    }
    std::reverse(arguments.begin(), arguments.end());
    app.parse(arguments);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
      status = app.exit(error);
      return std::nullopt;
    }
    status = refuse(fmt::format("invalid command line: {}", error.what()));
    return std::nullopt;
  }
  // Taken from argv: spell_out_defaults() also changed arguments of the program that look like ours.
  request.arguments.assign(argv + argc - static_cast<std::ptrdiff_t>(app.remaining().size()), argv + argc);
  if (request.arguments.empty()) {
    status = refuse("invalid command line: no module given (try --help)");
    return std::nullopt;
  }
  if (request.arguments[0].size() > 1 && request.arguments[0][0] == '-') {
    status = refuse("invalid command line: unknown option: " + request.arguments[0]);
    return std::nullopt;
  }
  if (std::string_view problem = problem_with(request.options.tiers); !problem.empty()) {
    status = refuse(fmt::format("invalid command line: {}", problem));
    return std::nullopt;
  }
  request.modules.push_back(request.arguments[0]);
  if (name) request.arguments[0] = *name;
  request.modules.insert(request.modules.end(), more_modules.begin(), more_modules.end());
  return request;
}

} // namespace ajit
