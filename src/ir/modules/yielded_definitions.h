//===- yielded_definitions.h - Definitions that an earlier module has as well -------------------------------------===//
//
// Modules that are added one by one may define the same symbols: inline functions and variables of headers, vtables,
// templates, weak symbols. A dynamic linker takes the first definition for all uses. So the later module's definition
// becomes a declaration. If all definitions must be equal (`_odr`), its body stays for inlining.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <llvm/ADT/StringSet.h>

namespace llvm {
class Module;
}

namespace ajit {

/// Does so with the definitions of `symbols` in `module`, which has not been normalised yet. Symbols of assembly stay
/// defined. O(globals).
void yield_definitions(llvm::Module& module, const llvm::StringSet<>& symbols);

} // namespace ajit
