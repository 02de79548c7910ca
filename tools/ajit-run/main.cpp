//===- main.cpp - ajit-run: runs LLVM bitcode ---------------------------------------------------------------------===//
#include "command_line.h"
#include "deadline.h"
#include "jit.h"
#include "log.h"
#include "process_end.h"
#include "program_arguments.h"

#include <cfenv>
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <unistd.h>

using namespace ajit;

namespace {

int fail(const std::string& why) {
  fmt::print(stderr, "ajit-run: error: {}\n", why);
  return 1;
}

/// Whether `signature` is one that C or C++ allow for main. Passing an argument that main does not take does no harm.
bool takes_main_arguments(const std::string& signature) {
  for (std::string_view type : {"i32", "void", "i64", "i16", "i8"})
    for (std::string_view parameters : {"()", "(i32)", "(i32, ptr)", "(i32, ptr, ptr)"})
      if (signature == fmt::format("{} {}", type, parameters)) return true;
  return false;
}

int run_program(Jit& jit, const Request& request, const CommandLine& line) {
  Result<std::string> signature = jit.signature(request.entry);
  if (!signature)
    return fail(fmt::format("no entry point: {}: {} is {}", request.modules[0], request.entry,
                            jit.lookup_address(request.entry) ? "a variable" : "not defined"));
  if (!takes_main_arguments(*signature))
    return fail(fmt::format("unsupported entry point: {}: {} is declared as {}, not as main", request.modules[0],
                            request.entry, *signature));
  Result<int (*)(int, char**, char**)> entry = jit.lookup<int(int, char**, char**)>(request.entry);
  if (!entry) return fail(entry.error());

  watch_process_end();
  std::fesetenv(FE_DFL_ENV); // ajit's own computations have set flags
  if (Result<void> done = jit.run_constructors(line.count, line.values); !done) return fail(done.error());
  int status = (*entry)(line.count, line.values, environ);
  // Calls exit() here, while everything that exit handlers might use is alive.
  std::exit(signature->starts_with("void") ? 0 : status);
}

/// Bounds the time that reading `modules` takes.
class LoadDeadline {
public:
  explicit LoadDeadline(const std::vector<std::string>& modules)
      : seconds_(deadline_for(bytes_of(modules))),
        scope_(seconds_,
               fmt::format("ajit-run: error: cannot read module: {}: gave up after {} s", modules.front(), seconds_)) {}

private:
  static uint64_t bytes_of(const std::vector<std::string>& modules) {
    uint64_t sum = 0;
    for (const std::string& module : modules) {
      std::error_code unknown; // as of standard input
      const uint64_t size = std::filesystem::file_size(module, unknown);
      sum += unknown ? uint64_t{64} << 20 : size;
    }
    return sum;
  }

  const unsigned seconds_;
  DeadlineScope scope_;
};

/// The program's command line, in memory that is never freed: the program may keep pointers into it until the end.
CommandLine command_line_of(const Request& request) {
  auto** values = new char*[request.arguments.size() + 1];
  for (size_t i = 0; i < request.arguments.size(); ++i)
    values[i] = const_cast<char*>(request.arguments[i].c_str());
  values[request.arguments.size()] = nullptr;
  return {.count = static_cast<int>(request.arguments.size()), .values = values};
}

} // namespace

int main(int argc, char** argv) {
  int status = 0;
  // Neither is destroyed: threads of the program may outlive main.
  auto* request = new std::optional<Request>(parse_command_line(argc, argv, status));
  if (!*request) return status;
  if ((*request)->options.tiers.explain) set_log_level(LogLevel::info);
  auto* jit = new Result<std::unique_ptr<Jit>>(Jit::create((*request)->options));
  if (!*jit) return fail(jit->error());
  watch_faults(***jit, **request);
  CommandLine line = command_line_of(**request);
  set_program_arguments({.count = argc, .values = argv}, line);
  for (const std::string& library : (*request)->libraries)
    if (Result<void> loaded = (**jit)->load_library(library); !loaded) return fail(loaded.error());
  {
    LoadDeadline deadline((*request)->modules);
    if (Result<void> added = (**jit)->add_modules((*request)->modules); !added) return fail(added.error());
  }
  return run_program(***jit, **request, line);
}
