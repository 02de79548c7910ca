#include "unwind_registration.h"

#include "error.h"
#include "frame_record.h"
#include "pc_map.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <dlfcn.h>
#include <unwind.h>

namespace ajit {

/// libgcc's struct dwarf_eh_bases: what the addresses in an FDE may be relative to, and where its function starts.
struct DwarfEhBases {
  void* text;
  void* data;
  void* function;
};

namespace {

using FindFde = const void* (*)(void* pc, DwarfEhBases* bases);

/// A registered PcMap. Readers take no lock and writers are rare, so a version number lets a reader notice a concurrent
/// change: it is odd while the place changes. A reader that notices one skips the place. A thread in a map's code keeps
/// that map registered, so the reader's address is in another map. For the same reason a map can be freed after its
/// registration ends: readers follow `map` only if their address is in its code.
struct Place {
  std::atomic<bool> taken{false};
  std::atomic<uint32_t> version{0};
  std::atomic<const std::byte*> start{nullptr};
  std::atomic<std::size_t> size{0};
  std::atomic<const PcMap*> map{nullptr};

  /// Called by the place's owner only.
  void set(AddressRange code, const PcMap* new_map) {
    const uint32_t old = version.load(std::memory_order_relaxed);
    version.store(old + 1, std::memory_order_relaxed);
    // Each field is stored with release, instead of a fence, which ThreadSanitizer does not follow. A reader that
    // acquires any new field then also sees the odd version.
    start.store(code.start, std::memory_order_release);
    size.store(code.size, std::memory_order_release);
    map.store(new_map, std::memory_order_release);
    version.store(old + 2, std::memory_order_release);
  }

  const PcMap* map_of(const void* pc) const {
    const uint32_t before = version.load(std::memory_order_acquire);
    const auto first = reinterpret_cast<uintptr_t>(start.load(std::memory_order_acquire));
    const std::size_t length = size.load(std::memory_order_acquire);
    const PcMap* found = map.load(std::memory_order_acquire);
    if (before % 2 != 0 || version.load(std::memory_order_relaxed) != before) return nullptr;
    return reinterpret_cast<uintptr_t>(pc) - first < length ? found : nullptr;
  }
};

constexpr int max_places = 64;
std::array<Place, max_places> pc_map_places;
std::atomic<int> places_used{0}; // places from here on were never taken

/// An address that only our _Unwind_Find_FDE knows; see probe_unwinder().
char probe[2];

std::atomic<FindFde> displaced{nullptr};

/// The definition that ours displaces. Resolved at start-up, when dlsym is safe to call, unless something throws even
/// earlier.
FindFde displaced_definition() {
  FindFde found = displaced.load(std::memory_order_relaxed);
  if (!found) {
    found = reinterpret_cast<FindFde>(dlsym(RTLD_NEXT, "_Unwind_Find_FDE"));
    displaced.store(found, std::memory_order_relaxed);
  }
  return found;
}

/// Asks the unwinder which function contains an address that is in no object file. Only our definition knows the
/// answer, so it comes back if and only if the unwinder's lookups reach us. Comparing symbol addresses would say less:
/// they can agree while the unwinder's own calls are bound elsewhere.
bool probe_unwinder() {
  displaced_definition();
  return _Unwind_FindEnclosingFunction(&probe[1]) == &probe[0];
}

const void* answer(DwarfEhBases* bases, const void* function, const void* fde) {
  *bases = {nullptr, nullptr, const_cast<void*>(function)};
  return fde;
}

const bool asks_us = probe_unwinder();

} // namespace

bool unwinder_asks_us() { return asks_us; }

const CodeDescriptor* find_generated_code(const void* pc) noexcept {
  const int used = places_used.load(std::memory_order_acquire);
  for (int index = 0; index < used; ++index)
    if (const PcMap* map = pc_map_places[index].map_of(pc)) return map->lookup(pc);
  return nullptr;
}

llvm::Expected<UnwindRegistration> UnwindRegistration::create(const PcMap& map) {
  for (int index = 0; index < max_places; ++index) {
    bool free = false;
    if (!pc_map_places[index].taken.compare_exchange_strong(free, true, std::memory_order_acquire)) continue;
    pc_map_places[index].set(map.code_range(), &map);
    int used = places_used.load(std::memory_order_relaxed);
    while (used <= index && !places_used.compare_exchange_weak(used, index + 1, std::memory_order_release)) {
    }
    return UnwindRegistration(index);
  }
  return make_error("cannot create another Jit: a process can have at most {} at a time", max_places);
}

UnwindRegistration::~UnwindRegistration() {
  if (place_ < 0) return;
  pc_map_places[place_].set({}, nullptr);
  pc_map_places[place_].taken.store(false, std::memory_order_release);
}

} // namespace ajit

/// The unwinder's lookup: returns the FDE that covers `pc`, or null, and stores in `bases` where the function starts.
/// Async-signal-safe, as far as the displaced definition is.
extern "C" __attribute__((visibility("default"), used)) const void* _Unwind_Find_FDE(void* pc,
                                                                                     ajit::DwarfEhBases* bases) {
  if (pc == &ajit::probe[0]) return ajit::answer(bases, pc, ajit::frameless_fde());
  if (const ajit::CodeDescriptor* code = ajit::find_generated_code(pc))
    return ajit::answer(bases, code->start, code->fde);
  const ajit::FindFde next = ajit::displaced_definition();
  return next ? next(pc, bases) : nullptr;
}
