//===- reserved_names.h - What a program may not call its symbols -------------------------------------------------===//
//
// ajit names symbols of its own in units, and leaves marks there as attributes and metadata. A program's name that
// looks the same would be taken for one of them, so no module may have such a name.
//
// Rejected: renaming the program's symbol. Assembly, libraries and dlsym ask for it by the name that it has.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <llvm/Support/Error.h>

namespace llvm {
class Module;
}

namespace ajit {

struct ModuleAsm;

/// Fails with Refused if `module` or its assembly defines or uses a symbol that begins with `internal_prefix`.
llvm::Error check_for_reserved_names(const llvm::Module& module, const ModuleAsm& assembly);

/// Removes attributes and metadata that look like ajit's marks from `module`, which is as the bitcode has it. They mean
/// nothing to any other tool. O(globals).
void drop_internal_marks(llvm::Module& module);

} // namespace ajit
