#include "library_names.h"

#include <llvm/Analysis/TargetLibraryInfo.h>
#include <llvm/IR/Function.h>
#include <llvm/TargetParser/Triple.h>

using namespace llvm;

namespace ajit {
namespace {

bool is_library_name(StringRef name) {
  static const TargetLibraryInfoImpl library{Triple("x86_64-unknown-linux-gnu")};
  LibFunc function = NotLibFunc;
  return library.getLibFunc(name, function);
}

void forbid(Function& function, StringRef name) { function.addFnAttr(("no-builtin-" + name).str()); }

} // namespace

void withhold_library_promises(Function& declaration) {
  if (is_library_name(declaration.getName())) forbid(declaration, declaration.getName());
}

void keep_from_calling_itself(Function& body, StringRef name) {
  if (!is_library_name(name)) return;
  forbid(body, name);
  // As natively, no loop in memset or memcpy becomes a call of one of these: each may well call another.
  if (name == "memset" || name == "memcpy")
    for (StringRef made_of_loops : {"memset", "memcpy", "memmove"})
      forbid(body, made_of_loops);
}

} // namespace ajit
