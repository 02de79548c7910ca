#include "symbol_library.h"
#include "shared_object.h"

#include <dlfcn.h>

using namespace llvm;

namespace ajit {

Error load_symbol_library(ArrayRef<AddressedSymbol> symbols) {
  SharedObject library;
  for (const AddressedSymbol& symbol : symbols)
    library.symbols.push_back({symbol.name, reinterpret_cast<uintptr_t>(symbol.address)});
  return open_shared_object(write_shared_object(library).bytes, RTLD_NOW | RTLD_GLOBAL,
                            "the library of the program's symbols")
      .takeError();
}

} // namespace ajit
