#include "thread_locals.h"
#include "host_symbols.h"
#include "program.h"
#include "slab.h"

#include <cstring>
#include <dlfcn.h>

using namespace llvm;

namespace ajit {
namespace {

/// The calling thread's instance of the variable; null if no loaded library has it.
void* find_by_name(const char* variable) { return dlsym(RTLD_DEFAULT, variable); }

} // namespace

Definition ThreadLocals::define(const ThreadLocalSymbol& symbol) {
  const Access access = find(symbol.variable);
  return symbol.part == ThreadLocalSymbol::Part::accessor ? Definition(access.accessor) : access.argument;
}

ThreadLocals::Access ThreadLocals::find(StringRef variable) {
  {
    MutexLock lock(mutex_);
    if (auto known = known_.find(variable); known != known_.end()) return known->second;
  }
  Access found = look_for(variable); // may load a library, whose constructors may call code that is linked then
  MutexLock lock(mutex_);
  return known_.try_emplace(variable, std::move(found)).first->second;
}

ThreadLocals::Access ThreadLocals::look_for(StringRef variable) const {
  const bool own = program_.defines(variable);
  if (!own || program_.is_shared_thread_local(variable))
    if (std::optional<TlsIndex> index = host_.find_thread_local(variable))
      return {host_.lookup("__tls_get_addr"), keep(&*index, sizeof *index, alignof(TlsIndex))};
  if (own) return {host_.lookup(emulated_tls_accessor), Definition::another_name_of(emulated_tls_control(variable))};
  const std::string name = variable.str();
  return {reinterpret_cast<void*>(&find_by_name), keep(name.c_str(), name.size() + 1, 1)};
}

void* ThreadLocals::keep(const void* data, std::size_t size, std::size_t alignment) const {
  Expected<AddressRange> place = slab_.allocate(Region::data, size, alignment);
  if (!place) {
    consumeError(place.takeError());
    return nullptr;
  }
  return std::memcpy(place->start, data, size);
}

} // namespace ajit
