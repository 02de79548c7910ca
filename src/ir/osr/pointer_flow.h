//===- pointer_flow.h - Who else may know a local's address -------------------------------------------------------===//
//
// Whether a local may be copied, or is known to be reached through its own address only, depends on what became of that
// address. LLVM's capture tracking ends at calls, and -O0 bitcode promises nothing of them: every C++ object is known
// to its constructor, so a vector in main would have to be taken for known to everybody, its begin read again after
// each store, and no loop over it vectorised. (A knapsack over a std::vector ran at a third of clang -O3's speed.)
//
// Here the walk goes on in the callee's own body. The definition that runs is known, so that of an inline function
// counts as well. What a callee returns may be the pointer it was given, as with std::array's operator[], and is
// followed then. Whatever is not understood is an escape.
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

/// Answers are remembered by argument, so one object should serve all locals of a function.
class PointerFlow {
public:
  /// The body of a function as it runs, or null if it is not known.
  using BodyOf = llvm::function_ref<llvm::Function*(llvm::Function&)>;
  using Pointers = llvm::SmallPtrSet<const llvm::Value*, 16>;

  explicit PointerFlow(BodyOf body_of) : body_of_(body_of) {}

  /// All values of its function that may point into `origin`, itself among them; nothing if its function has made its
  /// address known to others: memory, another thread, a function whose body is not known. That it returns it counts for
  /// an alloca only. `origin` is an alloca, an argument, or what a function returned that makes new objects.
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
  std::optional<llvm::TargetLibraryInfoImpl> library_; ///< made when it is needed: that takes some 50 µs
  unsigned depth_ = 0;
  unsigned looked_at_ = 0; ///< uses, in all
};

} // namespace ajit
