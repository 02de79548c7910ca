//===- installed_body.h - Linked code and its owner ---------------------------------------------------------------===//
//
// Linking a CompiledUnit makes one InstalledObject: its memory in the slab, its symbols in ORC, its entries in the PC
// map. The InstalledBodies of the unit share it. When the last of them is dropped, the object gives all of that back.
// So a body may be dropped only when no frame is in it and nothing can call it any more.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "pc_map.h"

#include <llvm/ExecutionEngine/Orc/Core.h>
#include <memory>

namespace ajit {

/// One linked object. Its Linker outlives it.
class InstalledObject {
public:
  explicit InstalledObject(llvm::orc::ResourceTrackerSP tracker) : tracker_(std::move(tracker)) {}
  /// Removes the symbols, the PC map's entries and the memory, unless the end of the Linker's session has done so.
  ~InstalledObject();
  InstalledObject(const InstalledObject&) = delete;
  InstalledObject& operator=(const InstalledObject&) = delete;

private:
  const llvm::orc::ResourceTrackerSP tracker_;
};

/// One body or continuation, or the variables of a module. Move-only.
class InstalledBody {
public:
  InstalledBody() = default;
  InstalledBody(std::shared_ptr<InstalledObject> object, void* entry, const CodeDescriptor* code, void* const* labels)
      : object_(std::move(object)), entry_(entry), code_(code), labels_(labels) {}
  InstalledBody(InstalledBody&&) = default;
  InstalledBody& operator=(InstalledBody&&) = default;

  /// False for a body that was refused.
  explicit operator bool() const { return object_ != nullptr; }
  /// Where calls begin.
  void* entry() const { return entry_; }
  /// The PC map's entry for the code; null for data.
  const CodeDescriptor* code() const { return code_; }
  uint32_t code_bytes() const { return code_ ? code_->size : 0; }
  /// The addresses of its labels; null if no other code needs them.
  void* const* labels() const { return labels_; }

private:
  std::shared_ptr<InstalledObject> object_;
  void* entry_ = nullptr;
  const CodeDescriptor* code_ = nullptr;
  void* const* labels_ = nullptr;
};

} // namespace ajit
