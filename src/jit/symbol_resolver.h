//===- symbol_resolver.h - What generated code may refer to -------------------------------------------------------===//
//
// The linker asks here for each name that no object defines:
//
//     f                    the stub of a function; an undefined function gets one that reports the call
//     x                    an alias, or a symbol of the process and its libraries
//     ajit!counter$f       the call counter of a function (runtime_symbols.h)
//     others with ajit!    other functions' labels (foreign_labels.h) and thread-local variables (tls_access.h)
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "host_symbols.h"
#include "linker.h"
#include "program.h"
#include "runtime_entry.h"
#include "slab.h"
#include "stub_table.h"
#include "thread_locals.h"

namespace ajit {

/// Borrows its arguments. Thread-safe.
class SymbolResolver {
public:
  struct Parts {
    Slab& slab;
    const HostSymbols& host;
    Program& program;
    StubTable& stubs;
    ThreadLocals& thread_locals;
    RuntimeHandler& handler;
  };

  explicit SymbolResolver(const Parts& parts) : parts_(parts) {}

  /// The address that `name` stands for; null if it is undefined.
  void* resolve(llvm::StringRef name);

private:
  void* counter_of(llvm::StringRef function) const;
  /// The LabelOwner through which generated code asks for labels of `function`; null if there is no such function.
  void* make_label_owner(llvm::StringRef function);
  /// The stub of an undefined function whose calls are to be reported; null for other names.
  void* make_undefined(llvm::StringRef name);

  const Parts parts_;
};

} // namespace ajit
