//===- module_source.h - The bitcode of a program, read and checked once -----------------------------------------===//
//
// A ModuleSource is an immutable buffer of bitcode. Every compile context loads its own lazy copy from it, so that
// contexts share nothing that needs a lock (module_copy.h). Textual IR is parsed, verified and written out as bitcode
// once, so that it takes the same path. Several modules, from one file or from several, are linked into one as
// llvm-link does. That settles COMDATs, weak symbols and duplicate definitions before anything else looks at them.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <atomic>
#include <llvm/ADT/StringSet.h>
#include <llvm/Support/Error.h>
#include <llvm/Support/MemoryBufferRef.h>
#include <memory>
#include <string>
#include <vector>

namespace llvm {
class MemoryBuffer;
}

namespace ajit {

/// What a module's bodies ask about frames.
struct FrameReaders {
  /// One asks for the frame or return address of a caller: any function may be that caller.
  bool ask_for_callers = false;
  /// Functions that may call one which reads its return address: that address is in their code.
  std::vector<std::string> callers;
};

class ModuleSource {
public:
  /// Reads `path` ("-" is standard input). Fails on anything that is not a module for this machine, naming the reason.
  static llvm::Expected<std::unique_ptr<ModuleSource>> load(const std::string& path);

  /// Takes `buffer`, which holds bitcode or textual IR; messages call it `name`. If `foreign` is set, the module's
  /// architecture is not compared with this machine's.
  static llvm::Expected<std::unique_ptr<ModuleSource>> from_buffer(std::unique_ptr<llvm::MemoryBuffer> buffer,
                                                                   std::string name, bool foreign = false);

  /// Links `sources` into one module. Fails on duplicate definitions.
  static llvm::Expected<std::unique_ptr<ModuleSource>> link(std::vector<std::unique_ptr<ModuleSource>> sources);

  ~ModuleSource();

  /// Those of `declarations` that some body or initialiser of the module uses: only these need a definition. Reads the
  /// whole module, so call it only to report an error.
  llvm::Expected<std::vector<std::string>> used(const std::vector<std::string>& declarations) const;

  /// What the bodies ask about frames. The first call reads the whole module, so it is worth making only for modules
  /// that declare the intrinsics. Any thread.
  const FrameReaders& frame_readers() const;

  /// Whether the bitcode lists, for each function, the functions that hold addresses of its labels, so that reading one
  /// reads the others. LLVM has written such lists since version 15.
  bool names_holders_of_labels() const;

  /// Whether code calls for the module's own thread-local variables (tls_access.h), or reaches them at their distance
  /// from the thread pointer. Decided when their place is known; either is right for code compiled before.
  bool calls_for_thread_locals() const { return calls_for_thread_locals_.load(std::memory_order_relaxed); }
  void set_calls_for_thread_locals(bool calls) const {
    calls_for_thread_locals_.store(calls, std::memory_order_relaxed);
  }
  /// Makes every copy that is loaded from now on yield these definitions to earlier modules (yielded_definitions.h).
  void yield(llvm::StringSet<> symbols) { yielded_ = std::move(symbols); }
  const llvm::StringSet<>& yielded() const { return yielded_; }

  llvm::MemoryBufferRef bitcode() const;
  const std::string& name() const { return name_; }

private:
  ModuleSource(std::unique_ptr<llvm::MemoryBuffer> bitcode, std::string name);
  FrameReaders read_frame_readers() const;

  std::unique_ptr<llvm::MemoryBuffer> bitcode_;
  std::string name_;
  mutable std::atomic<bool> calls_for_thread_locals_{false};
  /// Null until read. A thread that gives up in the middle (compile_guard.h) must leave nothing locked, so each thread
  /// that finds null reads, and the first result stays.
  mutable std::atomic<const FrameReaders*> frame_readers_{nullptr};
  llvm::StringSet<> yielded_; ///< fixed before a second thread knows the source
};

} // namespace ajit
