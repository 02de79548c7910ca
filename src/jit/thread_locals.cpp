#include "thread_locals.h"
#include "error.h"
#include "program.h"
#include "slab.h"

#include <atomic>
#include <cstring>
#include <dlfcn.h>
#include <llvm/ADT/STLExtras.h>

extern "C" void* __tls_get_addr(ajit::TlsIndex* index);

using namespace llvm;

namespace ajit {
namespace {

/// The room at fixed distances that the Jits of a process may take: what glibc keeps for uses that could do without
/// (its tunable `optional_static_tls`).
std::atomic<int64_t> fixed_room{512};

/// glibc places such a block with the alignment of the thread pointer at best.
constexpr uint64_t largest_fixed_alignment = 64;

/// Takes room for a block, and returns how much; 0 if there is too little.
int64_t take_fixed_room(const ThreadLocalBlock& block) {
  if (block.alignment > largest_fixed_alignment) return 0;
  const auto wanted = static_cast<int64_t>(block.size + block.alignment);
  int64_t left = fixed_room.load(std::memory_order_relaxed);
  while (left >= wanted)
    if (fixed_room.compare_exchange_weak(left, left - wanted, std::memory_order_relaxed)) return wanted;
  return 0;
}

void give_back_fixed_room(int64_t taken) { fixed_room.fetch_add(taken, std::memory_order_relaxed); }

/// The calling thread's instance of the variable; null if no loaded library has it.
void* find_by_name(const char* variable) { return dlsym(RTLD_DEFAULT, variable); }

} // namespace

ThreadLocals::~ThreadLocals() {
  if (visible_) return; // libraries may use them
  MutexLock lock(mutex_);
  for (const Library& library : libraries_) {
    dlclose(library.loaded.handle);
    give_back_fixed_room(library.fixed_room);
  }
}

Expected<ThreadLocals::Library> ThreadLocals::load(const ThreadLocalBlock& block) const {
  SharedObject object;
  object.thread_local_values = block.values;
  object.thread_local_size = block.size;
  object.thread_local_alignment = block.alignment;
  if (visible_)
    for (const ThreadLocalBlock::Variable& variable : block.variables)
      if (!program_.is_hidden(variable.name))
        object.symbols.push_back({variable.name, variable.offset, variable.size, /*is_thread_local=*/true});
  const int flags = RTLD_NOW | (visible_ ? RTLD_GLOBAL : RTLD_LOCAL);
  if (const int64_t room = take_fixed_room(block)) {
    object.at_fixed_distance = true;
    Expected<LoadedThreadLocals> loaded = load_thread_locals(object, flags);
    if (loaded) return Library{*loaded, room};
    consumeError(loaded.takeError()); // libraries have taken the room
    give_back_fixed_room(room);
    object.at_fixed_distance = false;
  }
  Expected<LoadedThreadLocals> loaded = load_thread_locals(object, flags);
  if (!loaded) return loaded.takeError();
  return Library{*loaded, 0};
}

Error ThreadLocals::define(const ThreadLocalBlock& block) {
  Expected<Library> library = load(block);
  if (!library) return library.takeError();
  const LoadedThreadLocals& loaded = library->loaded;
  const TlsIndex start{loaded.module, 0};
  const auto* kept_start = static_cast<TlsIndex*>(keep(&start, sizeof start, alignof(TlsIndex)));
  MutexLock lock(mutex_);
  libraries_.push_back(*library);
  for (const ThreadLocalBlock::Variable& variable : block.variables) {
    TlsIndex* index = index_of_own(variable.name);
    if (!index || !kept_start) return make_typed<NoRoom>("no memory for thread-local variables");
    *index = {loaded.module, variable.offset};
    Own& own = own_[variable.name];
    own.block = kept_start;
    own.defined = true;
    if (loaded.distance) own.distance = *loaded.distance + static_cast<int64_t>(variable.offset);
  }
  return Error::success();
}

TlsIndex* ThreadLocals::index_of_own(StringRef variable) {
  Own& own = own_[variable];
  if (!own.index) {
    const TlsIndex unknown{0, 0};
    own.index = static_cast<TlsIndex*>(keep(&unknown, sizeof unknown, alignof(TlsIndex)));
  }
  return own.index;
}

std::optional<ThreadLocalPlace> ThreadLocals::find(StringRef variable) {
  {
    MutexLock lock(mutex_);
    auto known = own_.find(variable);
    if (known != own_.end() && known->second.defined) {
      const Own& own = known->second;
      return ThreadLocalPlace{own.index, own.block, own.index->offset, own.distance};
    }
  }
  std::optional<TlsIndex> index = host_.find_thread_local(variable);
  if (!index) return std::nullopt;
  const TlsIndex start{index->module, 0};
  return ThreadLocalPlace{keep(&*index, sizeof *index, alignof(TlsIndex)),
                          keep(&start, sizeof start, alignof(TlsIndex)), index->offset, std::nullopt};
}

void* ThreadLocals::resolve(const ThreadLocalSymbol& symbol) {
  const Access found = access(symbol.variable);
  return symbol.part == ThreadLocalSymbol::Part::accessor ? found.accessor : found.argument;
}

ThreadLocals::Access ThreadLocals::access(StringRef variable) {
  {
    MutexLock lock(mutex_);
    if (auto known = known_.find(variable); known != known_.end()) return known->second;
  }
  const Access found = look_for(variable); // may load a library, whose constructors may call code that is linked then
  MutexLock lock(mutex_);
  return known_.try_emplace(variable, found).first->second;
}

ThreadLocals::Access ThreadLocals::look_for(StringRef variable) {
  const bool own = program_.defines(variable);
  if (!own || program_.is_shared_thread_local(variable))
    if (std::optional<TlsIndex> index = host_.find_thread_local(variable))
      return {reinterpret_cast<void*>(&__tls_get_addr), keep(&*index, sizeof *index, alignof(TlsIndex))};
  if (own) {
    MutexLock lock(mutex_);
    return {reinterpret_cast<void*>(&__tls_get_addr), index_of_own(variable)};
  }
  const std::string name = variable.str();
  return {reinterpret_cast<void*>(&find_by_name), keep(name.c_str(), name.size() + 1, 1)};
}

bool ThreadLocals::defines(StringRef variable) const {
  MutexLock lock(mutex_);
  auto known = own_.find(variable);
  return known != own_.end() && known->second.defined;
}

void* ThreadLocals::in_this_thread(StringRef variable) const {
  TlsIndex* index = nullptr;
  {
    MutexLock lock(mutex_);
    auto known = own_.find(variable);
    if (known == own_.end() || !known->second.defined) return nullptr;
    index = known->second.index;
  }
  return __tls_get_addr(index);
}

bool ThreadLocals::are_at_fixed_distance(ArrayRef<std::string> variables) const {
  MutexLock lock(mutex_);
  for (const std::string& variable : variables)
    if (auto known = own_.find(variable); known != own_.end() && known->second.defined && !known->second.distance)
      return false;
  return true;
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
