//===- function_features.h - The processor features that each function is compiled for ----------------------------===//
//
// The bitcode names processor and features for each function. They decide how vectors are passed, which intrinsics
// exist, and which callees may be inlined, so every function keeps them. Above O0 a function gets the host's features
// on top, unless it is marked as one that must not have them (support/unit_marks.h). A feature that the bitcode turns
// off stays off.
//
// Bodies that came along for inlining keep exactly their own, which the caller's include. LLVM's inliner refuses those
// that need features that the caller lacks, and those whose calls would pass vectors in another way.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "target_spec.h"

#include <llvm/ADT/StringMap.h>
#include <llvm/TargetParser/SubtargetFeature.h>

namespace llvm {
class Function;
class MCSubtargetInfo;
class Module;
} // namespace llvm

namespace ajit {

/// For one thread at a time.
class FunctionFeatures {
public:
  explicit FunctionFeatures(const TargetSpec& spec) : spec_(spec) {}

  /// Sets the attributes of each function in `unit` from which the code generator takes processor and features.
  void choose(llvm::Module& unit, Tier tier);

private:
  /// What a function gets on top of its own features.
  enum class Wider : uint8_t { nothing, host, host_without_avx512 };

  /// The features of a function that the bitcode compiles for `cpu` and `features`; empty: those of every function.
  const std::string& chosen(llvm::StringRef cpu, llvm::StringRef features, Wider wider);
  std::string choice(llvm::StringRef cpu, llvm::StringRef features, Wider wider) const;
  const std::string& shared_features(Wider wider) const;
  llvm::FeatureBitset bits(llvm::StringRef features) const;
  void set(llvm::Function& function, Wider wider);

  const TargetSpec spec_;
  llvm::StringMap<std::string> known_; ///< by `wider`, processor and features
};

} // namespace ajit
