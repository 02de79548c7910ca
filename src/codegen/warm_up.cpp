#include "warm_up.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <llvm/CodeGen/TargetInstrInfo.h>
#include <llvm/CodeGen/TargetSubtargetInfo.h>
#include <llvm/IR/Function.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>
#include <llvm/Target/TargetMachine.h>
#include <sys/mman.h>

using namespace llvm;

namespace ajit {
namespace {

/// Backs the whole pages in `block` with memory in one system call, where the kernel can (since Linux 5.14).
void populate([[maybe_unused]] void* block, [[maybe_unused]] std::size_t bytes) {
#ifdef MADV_POPULATE_WRITE
  constexpr std::uintptr_t page_bytes = 4096;
  const auto address = reinterpret_cast<std::uintptr_t>(block);
  const std::uintptr_t begin = (address + page_bytes - 1) / page_bytes * page_bytes;
  const std::uintptr_t end = (address + bytes) / page_bytes * page_bytes;
  if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_POPULATE_WRITE);
#endif
}

/// The heap of any thread but the first grows by a system call and a page fault for each page or so. The blocks that
/// are freed here stay in the heap, below the last block, and serve the compiles that follow. A continuation takes
/// about a megabyte.
void grow_heap(function_ref<bool()> is_over) {
  constexpr std::size_t block_bytes = std::size_t{64} << 10;
  std::array<void*, 16> blocks{};
  for (void*& block : blocks) {
    if (is_over()) break;
    block = std::malloc(block_bytes);
    if (block) populate(block, block_bytes);
  }
  // This block lies above them and is never freed; otherwise malloc would return them all to the system.
  constexpr std::size_t lid_bytes = 4096;
  static void* const lid = std::malloc(lid_bytes);
  static_cast<void>(lid);
  for (void* block : blocks)
    std::free(block);
}

/// Makes the subtarget, and the tables that the back-end builds at the first lookup.
void build_tables(const TargetMachine& machine, StringRef features) {
  LLVMContext context;
  Module unit("warm-up", context);
  auto* type = FunctionType::get(Type::getVoidTy(context), /*isVarArg=*/false);
  Function* function = Function::Create(type, GlobalValue::ExternalLinkage, "none", unit);
  function->addFnAttr("target-features", features);
  const TargetInstrInfo* instructions = machine.getSubtargetImpl(*function)->getInstrInfo();
  instructions->getOpcodeAfterMemoryUnfold(0, /*UnfoldLoad=*/true, /*UnfoldStore=*/false);
}

} // namespace

void warm_up_process(const TargetMachine& machine, StringRef features, function_ref<bool()> is_over) {
  build_tables(machine, features);
  if (!is_over()) grow_heap(is_over);
}

} // namespace ajit
