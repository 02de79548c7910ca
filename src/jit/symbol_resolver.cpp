#include "symbol_resolver.h"
#include "foreign_labels.h"
#include "label_owner.h"
#include "runtime_symbols.h"

using namespace llvm;

namespace ajit {

void* SymbolResolver::resolve(StringRef name) {
  if (name.starts_with(counter_prefix)) return counter_of(name.drop_front(counter_prefix.size()));
  if (std::optional<FunctionId> id = parts_.program.find(name)) return parts_.stubs.address(*id);
  if (void* alias = parts_.program.find_alias(name)) return alias;
  if (std::optional<StringRef> owner = owner_of_labels(name)) return make_label_owner(*owner);
  if (std::optional<ThreadLocalSymbol> symbol = parse_thread_local_symbol(name))
    return parts_.thread_locals.resolve(*symbol);
  if (void* host = parts_.host.lookup(name)) return host;
  return make_undefined(name);
}

void* SymbolResolver::counter_of(StringRef function) const {
  std::optional<FunctionId> id = parts_.program.find(function);
  return id ? &parts_.slab.counter(*id) : nullptr;
}

void* SymbolResolver::make_label_owner(StringRef function) {
  std::optional<FunctionId> id = parts_.program.find(function);
  if (!id) return nullptr;
  Expected<AddressRange> place = parts_.slab.allocate(Region::data, sizeof(LabelOwner), alignof(LabelOwner));
  if (!place) {
    consumeError(place.takeError()); // the linker then reports the symbol as missing
    return nullptr;
  }
  return new (place->start) LabelOwner{.handler = &parts_.handler, .function = *id};
}

void* SymbolResolver::make_undefined(StringRef name) {
  if (!parts_.program.is_deferred(name)) return nullptr;
  std::optional<FunctionId> id = parts_.program.add_undefined(name);
  if (!id) return nullptr;
  if (Error error = parts_.stubs.make(*id, 1)) {
    consumeError(std::move(error)); // the linker then reports the symbol as missing
    return nullptr;
  }
  return parts_.stubs.address(*id);
}

} // namespace ajit
