//===- unwind_registration.h - Exceptions and backtraces through generated code ----------------------------------===//
//
// Problem: for every frame, the unwinder asks which frame description entry (FDE) covers an address. JITs usually make
// generated code known to libgcc with __register_frame, and libgcc 12 keeps those objects in a list. It sorts each at
// the first throw and searches them one after another at every frame. With one object per function a throw costs in
// proportion to the number of functions compiled.
//
// Approach: libgcc_s calls its own _Unwind_Find_FDE through the PLT, so a definition in the program takes its place.
// Ours answers for addresses in a registered PcMap from that map, in constant time and without a lock, and passes all
// others on to the definition it displaced. Nothing is registered with libgcc, so libgcc has nothing to sort and takes
// no lock.
//
// The definition takes effect only if the executable exports it. An executable that libajit is linked into needs
//     target_link_options(ajit_link INTERFACE -Wl,--export-dynamic-symbol=_Unwind_Find_FDE)
// Where it does not take effect (libajit inside a shared object loaded later, another unwinder), unwinder_asks_us()
// says so. Objects are then registered one by one, as LLVM does it: slower, never wrong.
//
// Rejected: one large object registered with libgcc up front (libgcc reads and sorts its entries once, and would never
// see later ones); PT_GNU_EH_FRAME tables through dl_iterate_phdr or _dl_find_object (they know only what ld.so
// loaded).
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <llvm/Support/Error.h>

namespace ajit {

class PcMap;
struct CodeDescriptor;

/// Whether the unwinder's lookups reach this library. Fixed from start-up on.
bool unwinder_asks_us();

/// The piece of generated code that contains `pc`, in any Jit of the process; null for all other code.
/// Async-signal-safe.
const CodeDescriptor* find_generated_code(const void* pc) noexcept;

/// While it lives, the unwinder and find_generated_code() know a PcMap. At most 64 live at a time in a process.
///
/// It must end before its map does, and only when no thread is inside the map's code or unwinds through it any more.
/// Threads may unwind elsewhere meanwhile.
class UnwindRegistration {
public:
  static llvm::Expected<UnwindRegistration> create(const PcMap& map);

  UnwindRegistration(UnwindRegistration&& other) noexcept : place_(other.place_) { other.place_ = -1; }
  UnwindRegistration& operator=(UnwindRegistration&&) = delete;
  ~UnwindRegistration();

private:
  explicit UnwindRegistration(int place) : place_(place) {}

  int place_; // in the process's table; -1 if moved from
};

} // namespace ajit
