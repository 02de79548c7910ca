#include "osr_late.h"
#include "osr_points.h"
#include "runtime_symbols.h"

#include <llvm/IR/Constants.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/Module.h>
#include <llvm/Transforms/Utils/Local.h>

using namespace llvm;

namespace ajit {
namespace {

constexpr const char* poll_name = AJIT_INTERNAL_PREFIX "poll";
constexpr const char* leave_name =
    AJIT_INTERNAL_PREFIX "leave$"; ///< followed by the body's name, because return types differ

/// The operands of a call that leaves: what to call, the size of the buffer, and the number of values. Then, for each
/// value, its offset and the value itself; and at the end the allocas.
enum LeaveOperand : unsigned { next_operand, bytes_operand, count_operand, first_value_operand };

uint64_t number(const CallInst& call, unsigned operand) {
  return cast<ConstantInt>(call.getArgOperand(operand))->getZExtValue();
}

/// Lowers the calls that leave one function, which share the buffer and, where they can, the call of the continuation.
class LeaveLowering {
public:
  explicit LeaveLowering(Function& body) : body_(body), builder_(body.getContext()) {}

  void lower(CallInst& leave) {
    grow_buffer(number(leave, bytes_operand));
    builder_.SetInsertPoint(&leave);
    auto values = static_cast<unsigned>(number(leave, count_operand));
    for (unsigned i = 0; i != values; ++i)
      store(*leave.getArgOperand(first_value_operand + 2 * i + 1), number(leave, first_value_operand + 2 * i));
    SmallVector<Value*> arguments{buffer()};
    for (unsigned i = first_value_operand + 2 * values; i != leave.arg_size(); ++i)
      arguments.push_back(leave.getArgOperand(i));
    if (!shared_ && all_of(arguments, is_known_everywhere)) create_shared_call(leave, arguments);
    if (shared_ && equal(arguments, shared_->args())) return go_to_shared_call(leave);
    CallInst* call = create_call(leave, *leave.getArgOperand(next_operand), arguments);
    leave.replaceAllUsesWith(call);
    leave.eraseFromParent();
  }

private:
  void grow_buffer(uint64_t bytes) {
    if (bytes <= buffer_bytes_) return;
    auto* type = ArrayType::get(builder_.getInt8Ty(), bytes);
    if (buffer_) {
      buffer_->setAllocatedType(type);
    } else {
      BasicBlock& entry = body_.getEntryBlock();
      builder_.SetInsertPoint(&entry, entry.begin());
      builder_.SetCurrentDebugLocation(DebugLoc());
      buffer_ = builder_.CreateAlloca(type, nullptr, "osr.buffer");
      buffer_->setAlignment(Align(osr_buffer_align));
    }
    buffer_bytes_ = bytes;
  }

  Value* buffer() {
    if (buffer_) return buffer_;
    return ConstantPointerNull::get(builder_.getPtrTy());
  }

  void store(Value& value, uint64_t offset) {
    Value* address = offset == 0 ? buffer()
                                 : builder_.CreateConstInBoundsGEP1_32(builder_.getInt8Ty(), buffer(),
                                                                       static_cast<unsigned>(offset));
    const DataLayout& layout = body_.getParent()->getDataLayout();
    builder_.CreateAlignedStore(&value, address,
                                std::min(layout.getABITypeAlign(value.getType()), Align(osr_buffer_align)));
  }

  static bool is_known_everywhere(const Value* value) {
    auto* instruction = dyn_cast<Instruction>(value);
    return !instruction || (isa<AllocaInst>(instruction) && instruction->getParent()->isEntryBlock());
  }

  CallInst* create_call(const CallInst& leave, Value& next, ArrayRef<Value*> arguments) {
    SmallVector<Type*> types;
    for (Value* argument : arguments)
      types.push_back(argument->getType());
    CallInst* call = builder_.CreateCall(FunctionType::get(leave.getType(), types, false), &next, arguments);
    call->setTailCallKind(CallInst::TCK_NoTail);
    AttributeList promised = leave.getAttributes();
    call->setAttributes(AttributeList::get(body_.getContext(), promised.getFnAttrs(), promised.getRetAttrs(), {}));
    return call;
  }

  void create_shared_call(const CallInst& leave, ArrayRef<Value*> arguments) {
    IRBuilder<>::InsertPointGuard guard(builder_);
    builder_.SetInsertPoint(BasicBlock::Create(body_.getContext(), "osr.leave", &body_));
    builder_.SetCurrentDebugLocation(leave.getDebugLoc());
    PHINode* next = builder_.CreatePHI(builder_.getPtrTy(), 4);
    shared_ = create_call(leave, *next, arguments);
    if (leave.getType()->isVoidTy())
      builder_.CreateRetVoid();
    else
      builder_.CreateRet(shared_);
  }

  /// What follows `leave` is a return of its result, or leads to one.
  void go_to_shared_call(CallInst& leave) {
    BasicBlock* block = leave.getParent();
    BasicBlock* shared = shared_->getParent();
    cast<PHINode>(shared->front()).addIncoming(leave.getArgOperand(next_operand), block);
    changeToUnreachable(&leave);
    block->getTerminator()->eraseFromParent();
    BranchInst::Create(shared, block);
  }

  Function& body_;
  IRBuilder<> builder_;
  AllocaInst* buffer_ = nullptr;
  uint64_t buffer_bytes_ = 0;
  CallInst* shared_ = nullptr;
};

/// Uses a volatile load rather than a relaxed atomic one, because code generators fold a volatile load into the
/// comparison. It may race: LLVM leaves the outcome to the target, and here it is one byte.
Value* create_poll(IRBuilder<>& builder, unsigned byte) {
  Constant* line = poll_line(*builder.GetInsertBlock()->getModule());
  Value* address = builder.CreateConstInBoundsGEP1_32(builder.getInt8Ty(), line, byte);
  LoadInst* poll = builder.CreateAlignedLoad(builder.getInt8Ty(), address, Align(1), /*isVolatile=*/true, "osr.poll");
  return builder.CreateICmpNE(poll, builder.getInt8(0));
}

/// The calls of `callee`.
SmallVector<CallInst*> calls_of(Function& callee) {
  SmallVector<CallInst*> calls;
  for (User* user : callee.users())
    calls.push_back(cast<CallInst>(user));
  return calls;
}

} // namespace

Constant* poll_line(Module& unit) {
  auto* type = ArrayType::get(Type::getInt8Ty(unit.getContext()), 64);
  auto* line = cast<GlobalVariable>(unit.getOrInsertGlobal(osr_poll_symbol, type));
  line->setDSOLocal(true);
  line->setAlignment(Align(64));
  return line;
}

CallInst* create_late_poll(IRBuilder<>& builder, uint32_t byte) {
  Module& unit = *builder.GetInsertBlock()->getModule();
  FunctionCallee callee = unit.getOrInsertFunction(poll_name, builder.getInt1Ty(), builder.getInt32Ty());
  auto* function = cast<Function>(callee.getCallee());
  // The poll accesses memory that no other code can reach. So LLVM neither moves nor merges polls, and they hold up no
  // other access.
  function->setMemoryEffects(MemoryEffects::inaccessibleMemOnly());
  for (Attribute::AttrKind kind : {Attribute::NoUnwind, Attribute::WillReturn, Attribute::NoSync, Attribute::NoFree,
                                   Attribute::NoCallback, Attribute::NoRecurse})
    function->addFnAttr(kind);
  function->addRetAttr(Attribute::NoUndef);
  return builder.CreateCall(callee, {builder.getInt32(byte)}, "osr.poll");
}

CallInst* create_late_leave(IRBuilder<>& builder, Value& next, uint32_t buffer_bytes, ArrayRef<LateStore> stores,
                            ArrayRef<Value*> allocas) {
  Function& body = *builder.GetInsertBlock()->getParent();
  auto* type = FunctionType::get(body.getReturnType(), {next.getType()}, /*isVarArg=*/true);
  FunctionCallee callee = body.getParent()->getOrInsertFunction((leave_name + body.getName()).str(), type);
  cast<Function>(callee.getCallee())->addFnAttr(Attribute::Cold);
  SmallVector<Value*> arguments{&next, builder.getInt32(buffer_bytes),
                                builder.getInt32(static_cast<uint32_t>(stores.size()))};
  for (const LateStore& store : stores)
    arguments.append({builder.getInt32(store.offset), store.value});
  append_range(arguments, allocas);
  CallInst* call = builder.CreateCall(callee, arguments);
  for (auto [i, argument] : enumerate(arguments))
    if (i >= first_value_operand && argument->getType()->isPointerTy())
      call->addParamAttr(static_cast<unsigned>(i), Attribute::NoCapture);
  return call;
}

void lower_late_checks(Module& unit) {
  for (Function& function : make_early_inc_range(unit)) {
    if (function.getName() == poll_name) {
      for (CallInst* call : calls_of(function)) {
        IRBuilder<> builder(call);
        call->replaceAllUsesWith(create_poll(builder, static_cast<unsigned>(number(*call, 0))));
        call->eraseFromParent();
      }
    } else if (function.getName().starts_with(leave_name)) {
      DenseMap<Function*, std::unique_ptr<LeaveLowering>> bodies;
      for (CallInst* call : calls_of(function)) {
        auto& body = bodies[call->getFunction()];
        if (!body) body = std::make_unique<LeaveLowering>(*call->getFunction());
        body->lower(*call);
      }
    } else {
      continue;
    }
    function.eraseFromParent();
  }
}

} // namespace ajit
