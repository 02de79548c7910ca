//===- backtrace.cpp - A backtrace that knows generated code ------------------------------------------------------===//
//
// It runs in signal handlers, so it allocates nothing and takes none of ajit's locks. dladdr takes the dynamic linker's
// lock.
//
//===-------------------------------------------------------------------------------------------------------------===//
#include "jit.h"
#include "pc_map.h"
#include "unwind_registration.h"

#include <cstdio>
#include <cstring>
#include <dlfcn.h>
#include <unistd.h>
#include <unwind.h>

namespace ajit {
namespace {

struct Walk {
  int fd;
  int depth = 0;
};

constexpr int deepest = 64;

/// A body of `fib` is shown as `fib [O1]`, the continuation of its loop 2 as `fib [O3 loop 2]`.
int describe_generated(char* line, std::size_t size, int depth, const void* pc, const CodeDescriptor& code) {
  char tier[32] = "";
  const std::string_view name = tier_name(code.label.tier);
  if (code.label.kind == CodeKind::body)
    std::snprintf(tier, sizeof tier, " [%.*s]", static_cast<int>(name.size()), name.data());
  if (code.label.kind == CodeKind::continuation)
    std::snprintf(tier, sizeof tier, " [%.*s loop %u]", static_cast<int>(name.size()), name.data(), code.label.loop);
  return std::snprintf(line, size, "  #%-2d %p %s%s + %zu\n", depth, pc, code.name, tier,
                       static_cast<std::size_t>(static_cast<const std::byte*>(pc) - code.start));
}

int describe_host(char* line, std::size_t size, int depth, void* pc) {
  Dl_info info{};
  if (!dladdr(pc, &info)) return std::snprintf(line, size, "  #%-2d %p\n", depth, pc);
  const char* file = info.dli_fname ? std::strrchr(info.dli_fname, '/') : nullptr;
  return std::snprintf(line, size, "  #%-2d %p %s (%s)\n", depth, pc, info.dli_sname ? info.dli_sname : "?",
                       file ? file + 1 : "?");
}

_Unwind_Reason_Code write_frame(_Unwind_Context* context, void* argument) {
  auto* walk = static_cast<Walk*>(argument);
  auto* pc = reinterpret_cast<void*>(_Unwind_GetIP(context));
  if (!pc || walk->depth == deepest) return _URC_END_OF_STACK;
  char line[512];
  // A return address may be just past a call that never returns.
  const CodeDescriptor* code = find_generated_code(static_cast<char*>(pc) - 1);
  int length = code ? describe_generated(line, sizeof line, walk->depth, pc, *code)
                    : describe_host(line, sizeof line, walk->depth, pc);
  ++walk->depth;
  if (write(walk->fd, line,
            static_cast<std::size_t>(length) < sizeof line ? static_cast<std::size_t>(length) : sizeof line - 1) < 0)
    return _URC_END_OF_STACK;
  return _URC_NO_REASON;
}

} // namespace

void write_backtrace(int fd) {
  Walk walk{fd};
  _Unwind_Backtrace(&write_frame, &walk);
}

} // namespace ajit
