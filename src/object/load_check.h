//===- load_check.h - What the kernel's loader says about an object ----------------------------------------------===//
//
// Runs the kernel's own loader (src/formats), compiled for the host: validation, the check of the stamp, and linking
// into memory that is thrown away.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <array>
#include <cstdint>
#include <formats/elf_loader.h>
#include <formats/object_stamp.h>
#include <llvm/ADT/STLFunctionalExtras.h>
#include <llvm/ADT/StringRef.h>
#include <map>
#include <string>
#include <vector>

namespace ajit {

/// What linking an object took.
struct LinkFigures {
  std::array<uint32_t, ELF_POOL_COUNT> bytes = {}; ///< per pool
  uint32_t constructors = 0;
  std::vector<std::string> unresolved; ///< all symbols that nothing defines, except weak ones
};

/// One object. The `bytes` that it was made from must outlive it.
class LoadCheck {
public:
  /// Validates. `error()` is empty if the kernel would accept the object's form.
  explicit LoadCheck(const std::vector<uint8_t>& bytes);
  LoadCheck(const LoadCheck&) = delete;

  const std::string& error() const { return error_; }

  /// Call the functions from here on only if `error()` is empty.
  const elf_object& object() const { return object_; }

  /// Why the stamp does not fit, or "". Without an expectation, it checks only what every kernel would check.
  std::string stamp_error(const object_expectation* expected = nullptr) const;

  /// Links the object. `defined` says whether a symbol of that name exists elsewhere.
  LinkFigures link(llvm::function_ref<bool(llvm::StringRef)> defined) const;

  /// Global symbols that the object defines.
  std::vector<std::string> definitions() const;

  /// How many relocations of each type its loaded sections have.
  std::map<std::string, uint64_t> relocations() const;

private:
  std::vector<elf_home> homes_;
  mutable std::vector<uint32_t> addresses_;
  elf_workspace workspace_;
  elf_object object_;
  std::string error_;
};

} // namespace ajit
