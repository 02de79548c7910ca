#include "passed_allocas.h"

#include <llvm/ADT/SmallPtrSet.h>
#include <llvm/Analysis/StackLifetime.h>
#include <llvm/IR/DataLayout.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/Module.h>

using namespace llvm;

namespace ajit {
namespace {

/// In bytes. Copying more takes longer than the first iterations gain from the copy.
constexpr uint64_t largest_copy = 64 << 10;

/// True if one of `values` may be derived from `alloca` by instructions that take a pointer and return one. Ignores
/// pointers that other code may hold.
bool is_derived_value_among(const AllocaInst& alloca, const SmallPtrSetImpl<const Value*>& values) {
  SmallVector<const Value*> pending{&alloca};
  SmallPtrSet<const Value*, 16> seen;
  while (!pending.empty()) {
    const Value* pointer = pending.pop_back_val();
    if (!seen.insert(pointer).second) continue;
    if (values.contains(pointer)) return true;
    for (const User* user : pointer->users())
      if (user->getType()->isPtrOrPtrVectorTy() && !isa<LoadInst>(user)) pending.push_back(user);
  }
  return false;
}

bool has_lifetime_markers(const AllocaInst& alloca) {
  return any_of(alloca.users(), [](const User* user) { return isa<LifetimeIntrinsic>(user); });
}

} // namespace

void drop_lifetime_markers(AllocaInst& alloca) {
  SmallVector<Instruction*> markers;
  for (User* user : alloca.users())
    if (auto* marker = dyn_cast<LifetimeIntrinsic>(user)) markers.push_back(marker);
  for (Instruction* marker : markers)
    marker->eraseFromParent();
}

SmallVector<AllocaTreatment> alloca_treatments(Function& canonical, const OsrPoint& point,
                                               PointerFlow::BodyOf body_of) {
  const DataLayout& layout = canonical.getParent()->getDataLayout();
  SmallPtrSet<const Value*, 32> live;
  for (const OsrValue& value : point.values)
    live.insert(value.value);
  SmallVector<const AllocaInst*> marked;
  copy_if(point.allocas, std::back_inserter(marked), [](AllocaInst* alloca) { return has_lifetime_markers(*alloca); });
  std::optional<StackLifetime> lifetimes;
  if (!marked.empty()) {
    lifetimes.emplace(canonical, marked, StackLifetime::LivenessType::May);
    lifetimes->run();
  }
  SmallVector<AllocaTreatment> treatments;
  PointerFlow flow(body_of);
  for (AllocaInst* alloca : point.allocas) {
    std::optional<PointerFlow::Pointers> derived = flow.derived_from(*alloca);
    bool unshared = derived && none_of(*derived, [&](const Value* pointer) { return live.contains(pointer); });
    std::optional<TypeSize> size = alloca->getAllocationSize(layout);
    bool can_be_made = alloca->getAddressSpace() == layout.getAllocaAddrSpace() && size && !size->isScalable();
    bool dead = is_contained(marked, alloca) && !is_derived_value_among(*alloca, live) &&
                !lifetimes->isAliveAfter(alloca, &point.header->front());
    if (can_be_made && dead)
      treatments.push_back(AllocaTreatment::fresh);
    else if (can_be_made && unshared && size->getFixedValue() <= largest_copy)
      treatments.push_back(AllocaTreatment::copy);
    else
      treatments.push_back(unshared ? AllocaTreatment::pass_unshared : AllocaTreatment::pass);
  }
  return treatments;
}

} // namespace ajit
