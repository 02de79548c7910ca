//===- ir_osr_random_test.cpp - Transitions in random control flow ------------------------------------------------===//
//
// Random graphs have shapes that front ends do not emit: loops with several entries and latches, headers that are the
// latches of others, values live around any of them. Each block mixes a value into a global hash, whose bits choose the
// next block. Each block also decrements a global fuel counter, so every program ends.
//
//===-------------------------------------------------------------------------------------------------------------===//
#include "ir_osr_test_support.h"

#include <llvm/IR/Dominators.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>
#include <llvm/Support/raw_ostream.h>
#include <random>

namespace ajit::test {
namespace {

using namespace llvm;

class RandomProgram {
public:
  RandomProgram(unsigned seed, unsigned fuel) : random_(seed), builder_(context_), fuel_(fuel) {}

  std::string text() {
    number_ = builder_.getInt64Ty();
    hash_ = global("hash");
    left_ = global("fuel");
    create_function();
    create_run();
    std::string text;
    raw_string_ostream(text) << module_;
    return text;
  }

private:
  GlobalVariable* global(StringRef name) {
    return new GlobalVariable(module_, number_, false, GlobalValue::ExternalLinkage, builder_.getInt64(0), name);
  }

  unsigned below(size_t limit) { return static_cast<unsigned>(random_() % limit); }

  void create_function() {
    function_ = Function::Create(FunctionType::get(number_, {number_, number_}, false), Function::ExternalLinkage, "f",
                                 module_);
    unsigned count = 4 + below(8);
    for (unsigned i = 0; i != count; ++i)
      blocks_.push_back(BasicBlock::Create(context_, "b" + Twine(i), function_));
    exit_ = BasicBlock::Create(context_, "exit", function_);
    builder_.SetInsertPoint(blocks_.front());
    array_ = builder_.CreateAlloca(ArrayType::get(number_, 8));
    builder_.CreateMemSet(array_, builder_.getInt8(1), 64, Align(8));
    for (BasicBlock* block : blocks_)
      end(*block);
    DominatorTree dominators(*function_);
    add_phis();
    for (BasicBlock* block : blocks_)
      fill(*block);
    connect_phis(dominators);
    builder_.SetInsertPoint(exit_);
    Value* first = builder_.CreateLoad(number_, builder_.CreateConstGEP1_64(number_, array_, below(8)));
    builder_.CreateRet(builder_.CreateXor(first, builder_.CreateLoad(number_, hash_)));
    use_everywhere(dominators);
  }

  /// Terminates `block`: it goes to the exit when the fuel is used up, else to one of up to two blocks, by the hash.
  void end(BasicBlock& block) {
    auto* go = BasicBlock::Create(context_, block.getName() + ".go", function_);
    builder_.SetInsertPoint(&block);
    Value* left = builder_.CreateSub(builder_.CreateLoad(number_, left_), builder_.getInt64(1));
    builder_.CreateStore(left, left_);
    builder_.CreateCondBr(builder_.CreateICmpSLT(left, builder_.getInt64(0)), exit_, go);
    builder_.SetInsertPoint(go);
    auto any = [&] { return blocks_[1 + below(blocks_.size() - 1)]; };
    if (below(3) == 0) {
      builder_.CreateBr(any());
      return;
    }
    Value* bit = builder_.CreateLShr(builder_.CreateLoad(number_, hash_), builder_.getInt64(below(20)));
    builder_.CreateCondBr(builder_.CreateTrunc(bit, builder_.getInt1Ty()), any(), any());
  }

  void add_phis() {
    for (BasicBlock* block : blocks_)
      if (!pred_empty(block))
        for (unsigned i = below(3); i != 0; --i) {
          builder_.SetInsertPoint(block, block->begin());
          values_.push_back(builder_.CreatePHI(number_, 2));
        }
  }

  /// Mixes values into the hash and the array; returns a new value.
  void fill(BasicBlock& block) {
    builder_.SetInsertPoint(&block, block.getFirstNonPHIIt());
    if (&block == blocks_.front()) builder_.SetInsertPoint(block.getTerminator());
    Value* hash = builder_.CreateLoad(number_, hash_);
    Value* mixed = builder_.CreateAdd(builder_.CreateMul(hash, builder_.getInt64(6364136223846793005)),
                                      builder_.getInt64(below(1000)));
    Value* slot = builder_.CreateGEP(number_, array_, builder_.CreateAnd(mixed, builder_.getInt64(7)));
    Value* kept = builder_.CreateAdd(builder_.CreateLoad(number_, slot), mixed);
    builder_.CreateStore(kept, slot);
    builder_.CreateStore(builder_.CreateXor(mixed, builder_.CreateLShr(mixed, builder_.getInt64(29))), hash_);
    values_.push_back(cast<Instruction>(kept));
  }

  Value* available(const DominatorTree& dominators, Instruction& place) {
    SmallVector<Value*> choice{function_->getArg(0), function_->getArg(1)};
    for (Instruction* value : values_)
      if (dominators.dominates(value, &place)) choice.push_back(value);
    return choice[below(choice.size())];
  }

  void connect_phis(const DominatorTree& dominators) {
    for (BasicBlock* block : blocks_)
      for (PHINode& phi : block->phis())
        for (BasicBlock* from : predecessors(block)) {
          int known = phi.getBasicBlockIndex(from);
          phi.addIncoming(known < 0 ? available(dominators, *from->getTerminator()) : phi.getIncomingValue(known),
                          from);
        }
  }

  void use_everywhere(const DominatorTree& dominators) {
    for (BasicBlock* block : blocks_)
      for (unsigned i = below(4); i != 0; --i) {
        Instruction* place = block->getTerminator();
        Value* value = available(dominators, *place);
        builder_.SetInsertPoint(place);
        builder_.CreateStore(builder_.CreateAdd(builder_.CreateLoad(number_, hash_), value), hash_);
      }
  }

  void create_run() {
    auto* run =
        Function::Create(FunctionType::get(number_, {number_}, false), Function::ExternalLinkage, "run", module_);
    builder_.SetInsertPoint(BasicBlock::Create(context_, "", run));
    builder_.CreateStore(run->getArg(0), hash_);
    builder_.CreateStore(builder_.getInt64(fuel_), left_);
    Value* result = builder_.CreateCall(function_, {run->getArg(0), builder_.getInt64(99)});
    builder_.CreateRet(builder_.CreateAdd(result, builder_.CreateLoad(number_, hash_)));
  }

  std::mt19937 random_;
  LLVMContext context_;
  Module module_{"random", context_};
  IRBuilder<> builder_;
  unsigned fuel_;
  Type* number_ = nullptr;
  GlobalVariable *hash_ = nullptr, *left_ = nullptr;
  Function* function_ = nullptr;
  AllocaInst* array_ = nullptr;
  BasicBlock* exit_ = nullptr;
  std::vector<BasicBlock*> blocks_;
  std::vector<Instruction*> values_;
};

class OsrRandom : public testing::TestWithParam<unsigned> {};

TEST_P(OsrRandom, ProgramsReturnWhatTheyReturnWithoutTransitions) {
  OsrProgram program(RandomProgram(GetParam(), 60).text());
  expect_same_everywhere(program, GetParam() * 77 + 3, 3, /*all_reached=*/false);
}

TEST_P(OsrRandom, ProgramsThatClimbFromTierToTierReturnTheSame) {
  OsrProgram program(RandomProgram(GetParam() + 1000, 200).text());
  int64_t expected = program.expected(5);
  for (unsigned patience : {1, 4, 11}) {
    unsigned asked = 0;
    auto policy = [&](const OsrProgram::Request& request) -> std::optional<Tier> {
      if (++asked % patience != 0) return std::nullopt;
      return next_tier(request.tier);
    };
    EXPECT_EQ(program.run(Tier::O0, 5, policy), expected) << "patience " << patience;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, OsrRandom, testing::Range(0u, 12u));

} // namespace
} // namespace ajit::test
