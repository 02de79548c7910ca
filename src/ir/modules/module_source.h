//===- module_source.h - The bitcode of a program, read and checked once -----------------------------------------===//
//
// A ModuleSource is an immutable buffer of bitcode. Every compile context loads its own lazy copy from it, so that
// contexts share nothing that needs a lock (module_copy.h). Textual IR is parsed, verified and written out as bitcode
// once, so that it takes the same path; several modules, of one file or of several, are linked into one the way
// llvm-link does it, which settles COMDATs, weak symbols and duplicate definitions before anything else looks at them.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <llvm/Support/Error.h>
#include <llvm/Support/MemoryBufferRef.h>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace llvm {
class MemoryBuffer;
}

namespace ajit {

class ModuleSource {
public:
  /// Reads `path` ("-" is standard input). Fails on anything that is not a module for this machine, naming the reason.
  static llvm::Expected<std::unique_ptr<ModuleSource>> load(const std::string& path);

  /// Takes `buffer`, bitcode or textual IR, named `name` in messages. Where `foreign` is set the module's architecture
  /// is not compared with this machine's.
  static llvm::Expected<std::unique_ptr<ModuleSource>> from_buffer(std::unique_ptr<llvm::MemoryBuffer> buffer,
                                                                   std::string name, bool foreign = false);

  /// One module out of several. Fails on duplicate definitions.
  static llvm::Expected<std::unique_ptr<ModuleSource>> link(std::vector<std::unique_ptr<ModuleSource>> sources);

  ~ModuleSource();

  /// Those of `declarations` that some body or initialiser of the module uses: only they have to be defined anywhere.
  /// Reads the whole module, so it is for the way to an error.
  llvm::Expected<std::vector<std::string>> used(const std::vector<std::string>& declarations) const;

  /// Whether a body asks for the frame or return address of one of its callers. Reads the whole module the first time;
  /// worth asking only of modules that declare the intrinsics. Any thread.
  bool asks_for_callers_frames() const;

  /// Whether functions name those that hold addresses of their labels, so that reading one reads the others: as LLVM
  /// writes it since version 15.
  bool names_holders_of_labels() const;

  llvm::MemoryBufferRef bitcode() const;
  const std::string& name() const { return name_; }

private:
  ModuleSource(std::unique_ptr<llvm::MemoryBuffer> bitcode, std::string name);

  std::unique_ptr<llvm::MemoryBuffer> bitcode_;
  std::string name_;
  mutable std::once_flag bodies_read_;
  mutable bool asks_for_callers_frames_ = false; ///< written once, under bodies_read_
};

} // namespace ajit
