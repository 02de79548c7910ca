#include "entry_counter.h"

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

void insert_entry_counter(Function& body, Function& stub, FunctionId id) {
  LLVMContext& context = body.getContext();
  Module& module = *body.getParent();
  constexpr int64_t after_subl = 7, after_jle = 13;
  auto* counters = cast<GlobalVariable>(module.getOrInsertGlobal(counters_symbol, Type::getInt8Ty(context)));
  counters->setDSOLocal(true);
  auto byte = [&](uint8_t value) { return ConstantInt::get(Type::getInt8Ty(context), value); };
  int64_t offset = int64_t{index_of(id)} * 4;
  body.setPrologueData(
      ConstantStruct::getAnon(context,
                              {byte(0x83), byte(0x2d), relative(counters, offset - after_subl, body), byte(1), //
                               byte(0x0f), byte(0x8e), relative(&stub, int64_t{stub_tick_offset} - after_jle, body)},
                              /*Packed=*/true));
}

} // namespace ajit
