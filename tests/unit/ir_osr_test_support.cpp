#include "ir_osr_test_support.h"

#include <array>
#include <llvm/ExecutionEngine/JITLink/EHFrameSupport.h>
#include <llvm/ExecutionEngine/Orc/ExecutionUtils.h>
#include <llvm/ExecutionEngine/Orc/MapperJITLinkMemoryManager.h>
#include <llvm/ExecutionEngine/Orc/MemoryMapper.h>
#include <llvm/ExecutionEngine/Orc/ObjectLinkingLayer.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Support/SmallVectorMemoryBuffer.h>
#include <llvm/TargetParser/Host.h>

namespace ajit::test {

using namespace llvm;
using namespace llvm::orc;

namespace {
OsrProgram* running = nullptr;
constexpr const char* replaced = "f";

std::unique_ptr<LLJIT> make_jit() {
  // One range of memory, since code reaches the poll byte by a 32-bit displacement.
  // The program has no features of its own, which decide how it passes vectors.
  return cantFail(LLJITBuilder()
                      .setJITTargetMachineBuilder(JITTargetMachineBuilder(Triple(sys::getProcessTriple())))
                      .setObjectLinkingLayerCreator([](ExecutionSession& session, const Triple&) {
                        constexpr size_t reserve = 64 << 20;
                        auto layer = std::make_unique<ObjectLinkingLayer>(
                            session,
                            cantFail(MapperJITLinkMemoryManager::CreateWithMapper<InProcessMemoryMapper>(reserve)));
                        layer->addPlugin(std::make_unique<EHFrameRegistrationPlugin>(
                            session, std::make_unique<jitlink::InProcessEHFrameRegistrar>()));
                        return Expected<std::unique_ptr<ObjectLayer>>(std::move(layer));
                      })
                      .create());
}

std::string complete(const std::string& text) {
  std::string whole = "target triple = \"x86_64-pc-linux-gnu\"\n" + text;
  if (whole.find("@run(") == std::string::npos)
    whole += "\ndefine i64 @run(i64 %n) { %r = call i64 @f(i64 %n)  ret i64 %r }\n";
  return whole;
}
} // namespace

void* on_request(void*, const int32_t* counter, uint32_t place) {
  OsrProgram& program = *running;
  EXPECT_EQ(counter, program.counter_);
  const auto [loop, tier_of_loop] = decode_osr_place(place);
  OsrProgram::Request request{loop, tier_of_loop, ++program.requests_};
  std::optional<Tier> tier = program.policy_(request);
  if (!tier) return nullptr;
  ++program.transitions_;
  return program.code(*tier, request.loop);
}

OsrProgram::OsrProgram(const std::string& text) : text_(complete(text)), module_(text_), jit_(make_jit()) {}

OsrProgram::~OsrProgram() = default;

Unit OsrProgram::build(Tier tier, std::optional<uint32_t> loop, bool polled, bool checks_all) {
  UnitRequest request;
  request.tier = tier;
  request.last_tier = tier == Tier::O3;
  UnitFunction wanted{replaced, /*counted=*/false, polled, loop, checks_all};
  request.functions.push_back(wanted);
  Unit unit = build_unit(*module_, request);
  EXPECT_FALSE(unit.bodies[0].refusal) << unit.bodies[0].refusal->text;
  std::string problem;
  raw_string_ostream stream(problem);
  if (verifyModule(*unit.module, &stream)) {
    unit.module->print(stream, nullptr);
    ADD_FAILURE() << problem;
  }
  return unit;
}

std::vector<LoopFacts> OsrProgram::loops() { return build(Tier::O0, {}, /*polled=*/true).bodies[0].loops; }

void OsrProgram::add_driver(JITDylib& library, bool with_function) {
  auto context = std::make_unique<LLVMContext>();
  SMDiagnostic problem;
  std::unique_ptr<Module> module = parseAssemblyString(text_, problem, *context);
  module->setDataLayout(jit_->getDataLayout());
  if (!with_function) module->getFunction(replaced)->deleteBody();
  module->getOrInsertGlobal(osr_poll_symbol, ArrayType::get(Type::getInt8Ty(*context), 64), [&] {
    auto* line = ArrayType::get(Type::getInt8Ty(*context), 64);
    std::vector<uint8_t> bytes(64, 1);
    return new GlobalVariable(*module, line, false, GlobalValue::ExternalLinkage,
                              ConstantDataArray::get(*context, bytes), osr_poll_symbol);
  });
  auto* counter = Type::getInt32Ty(*context);
  new GlobalVariable(*module, counter, false, GlobalValue::ExternalLinkage, ConstantInt::get(counter, 0),
                     counter_symbol(replaced));
  cantFail(jit_->addIRModule(library, ThreadSafeModule(std::move(module), std::move(context))));
}

int64_t OsrProgram::expected(int64_t argument) {
  JITDylib*& library = libraries_[Tier::O3];
  if (!library) {
    library = &cantFail(jit_->createJITDylib("plain"));
    library->addGenerator(
        cantFail(DynamicLibrarySearchGenerator::GetForCurrentProcess(jit_->getDataLayout().getGlobalPrefix())));
    add_driver(*library, /*with_function=*/true);
  }
  return cantFail(jit_->lookup(*library, "run")).toPtr<Run>()(argument);
}

void* OsrProgram::code(Tier tier, std::optional<uint32_t> loop) {
  void*& known = code_[{base_, tier, loop ? static_cast<int>(*loop) : -1}];
  if (known) return known;
  Unit unit = build(tier, loop, /*polled=*/tier != Tier::O3, /*checks_all=*/true);
  CompileTimes times;
  std::string symbol = unit.bodies[0].symbol;
  ObjectBytes object =
      cantFail(module_.compiler().compile(*unit.module, tier, times, [&] { lower_late_checks(*unit.module); }));
  cantFail(jit_->addObjectFile(
      *current_, std::make_unique<SmallVectorMemoryBuffer>(std::move(object), /*RequiresNullTerminator=*/false)));
  if (!loop)
    cantFail(current_->define(
        symbolAliases({{jit_->mangleAndIntern(replaced), {jit_->mangleAndIntern(symbol), JITSymbolFlags::Exported}}})));
  return known = cantFail(jit_->lookup(*current_, symbol)).toPtr<void*>();
}

OsrProgram::Run OsrProgram::linked(Tier base) {
  base_ = base;
  JITDylib*& library = libraries_[base];
  if (!library) {
    library = &cantFail(jit_->createJITDylib(std::string(tier_name(base))));
    library->addGenerator(
        cantFail(DynamicLibrarySearchGenerator::GetForCurrentProcess(jit_->getDataLayout().getGlobalPrefix())));
    cantFail(library->define(absoluteSymbols(
        {{jit_->mangleAndIntern(osr_request_symbol),
          {ExecutorAddr::fromPtr(&on_request), JITSymbolFlags::Exported | JITSymbolFlags::Callable}}})));
    add_driver(*library, /*with_function=*/false);
  }
  current_ = library;
  code(base, {});
  counter_ = cantFail(jit_->lookup(*library, counter_symbol(replaced))).toPtr<int32_t*>();
  return cantFail(jit_->lookup(*library, "run")).toPtr<Run>();
}

int64_t OsrProgram::run(Tier base, int64_t argument, Policy policy) {
  Run entry = linked(base);
  policy_ = std::move(policy);
  requests_ = transitions_ = 0;
  running = this;
  int64_t result = entry(argument);
  running = nullptr;
  return result;
}

Function* entry(const Unit& unit) { return unit.module->getFunction(unit.bodies[0].symbol); }

Function* body(const Unit& unit) {
  Function* inlined = unit.module->getFunction(unit.bodies[0].symbol + ".inlined");
  return inlined ? inlined : entry(unit);
}

std::optional<Tier> stay(const OsrProgram::Request&) { return std::nullopt; }

int64_t climb(OsrProgram& program, int64_t argument, unsigned patience) {
  std::array<unsigned, tier_count> asked{};
  int64_t result = program.run(Tier::O0, argument, [&](const OsrProgram::Request& request) -> std::optional<Tier> {
    if (asked[tier_index(request.tier)]++ < patience) return std::nullopt;
    return next_tier(request.tier);
  });
  EXPECT_EQ(program.transitions(), 3u) << "patience " << patience;
  return result;
}

void expect_same_everywhere(OsrProgram& program, int64_t argument, unsigned firings, bool all_reached) {
  int64_t expected = program.expected(argument);
  std::vector<LoopFacts> loops = program.loops();
  for (Tier base : {Tier::O0, Tier::O1, Tier::O2}) {
    EXPECT_EQ(program.run(base, argument, stay), expected);
    for (Tier to : {Tier::O1, Tier::O3})
      for (uint32_t loop = 0; loop != loops.size(); ++loop)
        for (unsigned firing = 1; loops[loop].excluded.empty() && firing <= firings; ++firing) {
          unsigned seen = 0;
          auto policy = [&](const OsrProgram::Request& request) -> std::optional<Tier> {
            if (request.loop != loop || request.tier != base || ++seen != firing) return std::nullopt;
            return to;
          };
          EXPECT_EQ(program.run(base, argument, policy), expected)
              << tier_name(base) << " -> " << tier_name(to) << ", loop " << loop << ", request " << firing;
          // Above O0 the optimiser may have removed the loop.
          if (all_reached && base == Tier::O0 && firing == 1) EXPECT_EQ(program.transitions(), 1u) << "loop " << loop;
        }
  }
}

} // namespace ajit::test
