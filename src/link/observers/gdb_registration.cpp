#include "gdb_registration.h"

#include "error.h"
#include "log.h"

#include <llvm/ExecutionEngine/Orc/Shared/ExecutorAddress.h>
#include <llvm/ExecutionEngine/Orc/Shared/WrapperFunctionUtils.h>
#include <llvm/ExecutionEngine/Orc/TargetProcess/JITLoaderGDB.h>

#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <set>
#include <unistd.h>

// Defined in LLVM's library.
extern "C" jit_descriptor __jit_debug_descriptor;
extern "C" void __jit_debug_register_code();

namespace ajit {
namespace {

/// The start of a small file of /proc; an empty string if it cannot be read.
std::string first_bytes(const char* path) {
  char text[4096];
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return {};
  const ssize_t length = read(file, text, sizeof text);
  close(file);
  return {text, length > 0 ? static_cast<std::size_t>(length) : 0};
}

/// Takes `entry`, which LLVM made, off the list and tells gdb.
void take_off(jit_code_entry* entry) {
  if (entry->prev_entry)
    entry->prev_entry->next_entry = entry->next_entry;
  else
    __jit_debug_descriptor.first_entry = entry->next_entry;
  if (entry->next_entry) entry->next_entry->prev_entry = entry->prev_entry;
  __jit_debug_descriptor.relevant_entry = entry;
  __jit_debug_descriptor.action_flag = JIT_UNREGISTER_FN;
  __jit_debug_register_code();
  __jit_debug_descriptor.relevant_entry = nullptr;
  __jit_debug_descriptor.action_flag = JIT_NOACTION;
  delete entry;
}

} // namespace

bool debugger_is_attached() {
  const std::string status = first_bytes("/proc/self/status");
  const char* line = std::strstr(status.c_str(), "\nTracerPid:");
  int tracer = 0;
  if (!line || std::sscanf(line, "\nTracerPid: %d", &tracer) != 1 || tracer == 0) return false;
  const std::string name = first_bytes(fmt::format("/proc/{}/comm", tracer).c_str());
  return name.starts_with("gdb") || name.starts_with("lldb");
}

GdbRegistration::~GdbRegistration() {
  MutexLock lock(mutex_);
  std::set<const char*> ours;
  for (const auto& file : files_)
    ours.insert(file->getBufferStart());
  for (jit_code_entry* entry = __jit_debug_descriptor.first_entry; entry;) {
    jit_code_entry* next = entry->next_entry;
    if (ours.count(entry->symfile_addr)) take_off(entry);
    entry = next;
  }
}

void GdbRegistration::linked(const LinkedObject& object) { add(object.file); }

void GdbRegistration::assembled(const AssembledCode& code) { add(describe(code)); }

void GdbRegistration::add(std::shared_ptr<const llvm::MemoryBuffer> file) {
  using namespace llvm::orc;
  using Arguments = shared::SPSArgList<shared::SPSExecutorAddrRange, bool>;
  const ExecutorAddrRange bytes(ExecutorAddr::fromPtr(file->getBufferStart()),
                                ExecutorAddr::fromPtr(file->getBufferEnd()));
  auto call = shared::WrapperFunctionCall::Create<Arguments>(
      ExecutorAddr::fromPtr(&llvm_orc_registerJITLoaderGDBAllocAction), bytes, /*AutoRegisterCode=*/true);
  llvm::Error error = call ? call->runWithSPSRetErrorMerged() : call.takeError();
  if (!error) {
    MutexLock lock(mutex_);
    files_.push_back(std::move(file));
    return;
  }
  std::string why = one_line(std::move(error));
  if (!reported_.test_and_set()) log_warning("link", "the debugger will not know all code: {}", why);
}

} // namespace ajit
