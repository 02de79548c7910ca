// make_unit_seeds DIR: writes compiled units, without their digests, as seeds for fuzz_compiled_unit.
#include "compile_unit.h"
#include "llvm_compiler.h"
#include "module_source.h"
#include "unit_bytes.h"

#include <fstream>
#include <llvm/Support/MemoryBuffer.h>

using namespace ajit;

namespace {

constexpr const char* program = R"(
@table = global [4 x i64] [i64 1, i64 2, i64 3, i64 4]
define i64 @sum(i64 %n) {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %s = phi i64 [ 0, %entry ], [ %more, %loop ]
  %place = getelementptr i64, ptr @table, i64 %i
  %x = load i64, ptr %place
  %more = add i64 %s, %x
  %next = add i64 %i, 1
  %again = icmp slt i64 %next, %n
  br i1 %again, label %loop, label %done
done:
  %r = call i64 @twice(i64 %more)
  ret i64 %r
}
define i64 @twice(i64 %x) { %r = mul i64 %x, 2  ret i64 %r }
)";

void write_seed(const std::string& path, const CompiledUnit& unit) {
  constexpr size_t digest_bytes = 32;
  const llvm::SmallVector<char, 0> bytes = write_unit(unit);
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size() - digest_bytes));
}

UnitOrder order(Tier tier) {
  UnitOrder made;
  made.functions = {{.symbol = "sum", .name = "sum"}};
  made.tier = tier;
  made.polled = made.counted = true;
  made.join = [](llvm::StringRef symbol) {
    return std::optional(FunctionOrder{.symbol = symbol.str(), .name = symbol.str()});
  };
  return made;
}

} // namespace

int main(int, char** argv) {
  const std::string folder = argv[1];
  std::shared_ptr<const ModuleSource> source =
      cantFail(ModuleSource::from_buffer(llvm::MemoryBuffer::getMemBufferCopy(program), "seed.ll"));
  CompilePool pool(std::make_unique<LlvmCompilerFactory>(TargetSpec::host()), {});
  CompilePool::Lease context = pool.borrow();
  write_seed(folder + "/empty", CompiledUnit());
  write_seed(folder + "/data", cantFail(compile_data(context, source, 0)));
  write_seed(folder + "/bodies", cantFail(compile_unit(context, source, 0, order(Tier::O0), nullptr)));
  UnitOrder continuation = order(Tier::O2);
  continuation.loop = 0;
  write_seed(folder + "/continuation", cantFail(compile_unit(context, source, 0, continuation, nullptr)));
}
