#include "entry_counter.h"
#include "runtime_symbols.h"

#include <llvm/IR/Constants.h>
#include <llvm/IR/Module.h>

using namespace llvm;

namespace ajit {
namespace {

/// `target + addend - body`, as the linker's 32-bit PC-relative value.
Constant* relative(Constant* target, int64_t addend, Function& body) {
  Type* wide = Type::getInt64Ty(body.getContext());
  Constant* difference =
      ConstantExpr::getSub(ConstantExpr::getPtrToInt(target, wide), ConstantExpr::getPtrToInt(&body, wide));
  difference = ConstantExpr::getAdd(difference, ConstantInt::getSigned(wide, addend));
  return ConstantExpr::getTrunc(difference, Type::getInt32Ty(body.getContext()));
}

} // namespace

void insert_entry_counter(Function& body, Function& stub, StringRef function) {
  LLVMContext& context = body.getContext();
  Module& module = *body.getParent();
  constexpr int64_t after_subl = 7, after_jle = 13;
  auto* counter = cast<GlobalVariable>(module.getOrInsertGlobal(counter_symbol(function), Type::getInt32Ty(context)));
  counter->setDSOLocal(true);
  auto byte = [&](uint8_t value) { return ConstantInt::get(Type::getInt8Ty(context), value); };
  body.setPrologueData(
      ConstantStruct::getAnon(context,
                              {byte(0x83), byte(0x2d), relative(counter, -after_subl, body), byte(1), //
                               byte(0x0f), byte(0x8e), relative(&stub, int64_t{stub_tick_offset} - after_jle, body)},
                              /*Packed=*/true));
}

} // namespace ajit
