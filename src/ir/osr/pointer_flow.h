//===- pointer_flow.h - Whether a local's address escapes ---------------------------------------------------------===//
//
// A local may be copied, or counts as reached through its own address only, if that address has not escaped. LLVM's
// capture tracking stops at calls, and -O0 bitcode promises nothing about them. Every C++ object passes its address to
// its constructor, so a vector in main would count as escaped. Code would then read its begin again after each store,
// and no loop over it would be vectorised. (A knapsack over a std::vector ran at a third of clang -O3's speed.)
//
// Here the walk goes on in the callee's own body. The JIT knows the definition that runs, so an inline function's body
// counts as well. A callee may return the pointer it was given, as std::array's operator[] does; the walk then follows
// the result. Any use that the walk does not understand counts as an escape.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <cstdint>
#include <llvm/ADT/DenseMap.h>
#include <llvm/ADT/STLFunctionalExtras.h>
#include <llvm/ADT/SmallPtrSet.h>
#include <llvm/Analysis/TargetLibraryInfo.h>
#include <optional>

namespace llvm {
class Argument;
class CallBase;
class Function;
class Use;
class Value;
} // namespace llvm

namespace ajit {

/// Remembers answers by argument, so one object should serve all locals of a function.
class PointerFlow {
public:
  /// The body that runs when a function is called, or null if it is unknown.
  using BodyOf = llvm::function_ref<llvm::Function*(llvm::Function&)>;
  using Pointers = llvm::SmallPtrSet<const llvm::Value*, 16>;

  explicit PointerFlow(BodyOf body_of) : body_of_(body_of) {}

  /// All values of its function that may point into `origin`, including itself. Nothing if the function lets the
  /// address escape to memory, another thread, or a function whose body is unknown. Returning the address counts as an
  /// escape for an alloca only. `origin` is an alloca, an argument, or the result of a call that makes a new object.
  std::optional<Pointers> derived_from(const llvm::Value& origin);

private:
  enum class Fate : uint8_t { stays, returned, escapes };

  Fate follow(const llvm::Value& origin, Pointers& derived);
  Fate fate_at(const llvm::Use& use, bool& follows_user);
  Fate fate_in_call(const llvm::CallBase& call, const llvm::Use& use, bool& follows_user);
  Fate fate_of(const llvm::Argument& argument);
  void infer_promises(llvm::Function& callee, const llvm::Function& caller);

  BodyOf body_of_;
  llvm::DenseMap<const llvm::Argument*, Fate> known_;
  std::optional<llvm::TargetLibraryInfoImpl> library_; ///< made on demand, which takes some 50 µs
  unsigned depth_ = 0;
  unsigned looked_at_ = 0; ///< number of uses, in all
};

} // namespace ajit
