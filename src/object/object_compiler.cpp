#include "object_compiler.h"
#include "bare_target.h"
#include "data_unit.h"
#include "error.h"
#include "globals_mapper.h"
#include "load_check.h"
#include "module_copy.h"
#include "module_source.h"
#include "unit.h"

#include <formats/hash.h>
#include <formats/object_stamp.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/Module.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Target/TargetMachine.h>
#include <llvm/Transforms/Utils/ModuleUtils.h>

using namespace llvm;

namespace ajit {
namespace {

/// Of constructors that name none: they run after all that do.
constexpr uint32_t default_priority = 65535;

/// Room for the stamp in a section that is not loaded: `exclude` keeps it from being allocatable.
void add_stamp_section(Module& unit) {
  Type* type = ArrayType::get(Type::getInt8Ty(unit.getContext()), sizeof(object_stamp));
  auto* stamp = new GlobalVariable(unit, type, /*isConstant=*/true, GlobalValue::PrivateLinkage,
                                   Constant::getNullValue(type), "ajit.stamp");
  stamp->setSection(OBJECT_STAMP_SECTION);
  stamp->setAlignment(Align(1));
  stamp->setMetadata(LLVMContext::MD_exclude, MDNode::get(unit.getContext(), {}));
  appendToCompilerUsed(unit, {stamp});
}

/// Optimised bitcode has local functions with conventions of LLVM's own, which pass arguments in registers that the
/// kernel's entry stub does not keep. Every unit gets the same treatment, so callers and callees agree.
void use_c_convention(Module& unit) {
  auto is_internal = [](CallingConv::ID convention) {
    return convention == CallingConv::Fast || convention == CallingConv::Cold;
  };
  for (Function& function : unit) {
    if (is_internal(function.getCallingConv())) function.setCallingConv(CallingConv::C);
    for (Instruction& instruction : instructions(function))
      if (auto* call = dyn_cast<CallBase>(&instruction); call && is_internal(call->getCallingConv()))
        call->setCallingConv(CallingConv::C);
  }
}

/// Puts the constructors' addresses into .init_array, which the kernel runs once all functions have their stubs. Done
/// by hand because LLVM's own lowering writes .ctors unless the target machine is told otherwise.
void call_constructors(Module& unit, const std::vector<Initialiser>& constructors) {
  FunctionType* type = FunctionType::get(Type::getVoidTy(unit.getContext()), false);
  SmallVector<GlobalValue*> entries;
  for (const Initialiser& constructor : constructors) {
    auto* function = cast<Function>(unit.getOrInsertFunction(constructor.function, type).getCallee());
    auto* entry = new GlobalVariable(unit, function->getType(), /*isConstant=*/false, GlobalValue::PrivateLinkage,
                                     function, "constructor");
    bool is_default = constructor.priority == default_priority;
    entry->setSection(is_default ? ".init_array" : fmt::format(".init_array.{}", constructor.priority));
    entries.push_back(entry);
  }
  if (!entries.empty()) appendToCompilerUsed(unit, entries);
}

Expected<ObjectBytes> sealed(const MemoryBuffer& object, uint8_t tier, uint64_t source_hash) {
  ObjectBytes bytes(object.getBufferStart(), object.getBufferEnd());
  LoadCheck check(bytes);
  if (!check.error().empty()) return make_error("the kernel would refuse it: {}", check.error());
  object_stamp stamp;
  object_stamp_error error;
  object_stamp_fill(&stamp, tier, source_hash, OBJECT_CPU_PENTIUM4);
  if (object_stamp_seal(&check.object(), bytes.data(), &stamp, &error) != OBJECT_STAMP_OK)
    return make_error("{}", error.text);
  return bytes;
}

} // namespace

ObjectCompiler::ObjectCompiler(const ModuleSource& source)
    : program_hash_(hash64(HASH64_START, source.bitcode().getBufferStart(), source.bitcode().getBufferSize())),
      compiler_(bare_target()) {}

ObjectCompiler::~ObjectCompiler() = default;

Expected<std::unique_ptr<ObjectCompiler>> ObjectCompiler::create(const ModuleSource& source) {
  if (Error error = check_bare_module(source)) return error;
  std::unique_ptr<ObjectCompiler> made(new ObjectCompiler(source));
  Expected<TargetMachine*> machine = made->compiler_.machine(Tier::O0);
  if (!machine) return machine.takeError();
  Expected<std::unique_ptr<ModuleCopy>> copy = ModuleCopy::load(source, 0, made->context_, **machine);
  if (!copy) return copy.takeError();
  made->copy_ = std::move(*copy);
  if (!made->index().ifuncs.empty())
    return make_error("unsupported ifunc: {}: {} is chosen when the program starts", source.name(),
                      made->index().ifuncs[0].symbol);
  return made;
}

const ModuleIndex& ObjectCompiler::index() const { return copy_->index(); }

uint64_t ObjectCompiler::source_hash(const std::string& symbol) const {
  return hash64(program_hash_, symbol.data(), symbol.size());
}

Expected<ObjectBytes> ObjectCompiler::emit(Module& unit, Tier tier, uint8_t stamp_tier, uint64_t source_hash) {
  use_c_convention(unit);
  add_stamp_section(unit);
  CompileTimes times;
  Expected<std::unique_ptr<MemoryBuffer>> object = compiler_.compile(unit, tier, times);
  if (!object) return object.takeError();
  return sealed(**object, stamp_tier, source_hash);
}

Expected<ObjectBytes> ObjectCompiler::compile_data() {
  Expected<DataUnit> data = build_data_unit(*copy_, 0);
  if (!data) return data.takeError();
  for (const PinnedBody& body : data->pinned)
    bodies_in_data_.push_back({body.symbol, body.body_symbol});
  std::unique_ptr<Module> unit = std::move(data->module);
  if (!unit && index().constructors.empty()) return ObjectBytes();
  if (!unit) unit = new_unit_module(copy_->module(), "data");
  call_constructors(*unit, index().constructors);
  // A body that will never be replaced is worth optimising; variables have nothing to optimise.
  Tier tier = bodies_in_data_.empty() ? Tier::O0 : Tier::O2;
  return emit(*unit, tier, OBJECT_STAMP_TIER_DATA, source_hash(""));
}

Expected<FunctionPlan> ObjectCompiler::plan(const std::string& symbol) {
  Expected<Function*> canonical = copy_->canonical(symbol);
  if (!canonical) return canonical.takeError();
  if (!*canonical) return make_error("no such body in the module: {}", symbol);
  FunctionPlan plan;
  plan.pinned = function_traits(**canonical).pinned;
  for (const auto& [function, body] : bodies_in_data_)
    plan.body_in_data |= function == symbol;
  return plan;
}

std::unique_ptr<Module> ObjectCompiler::jump_to_data(const std::string& symbol) {
  for (const auto& [function, body] : bodies_in_data_) {
    if (function != symbol) continue;
    std::unique_ptr<Module> unit = new_unit_module(copy_->module(), "jump");
    std::string name = body_symbol(symbol, Tier::O0);
    // Assembly, because no IR forwards every kind of argument list.
    unit->setModuleInlineAsm("\t.text\n\t.globl \"" + name + "\"\n\t.type \"" + name + "\",@function\n\"" + name +
                             "\":\n\tjmp \"" + body + "\"\n");
    return unit;
  }
  return nullptr;
}

Expected<ObjectBytes> ObjectCompiler::compile(const std::string& symbol, Tier tier) {
  auto stamp_tier = static_cast<uint8_t>(tier_index(tier));
  if (std::unique_ptr<Module> jump = jump_to_data(symbol)) return emit(*jump, tier, stamp_tier, source_hash(symbol));
  UnitRequest request;
  request.tier = tier;
  request.last_tier = tier == Tier::O3;
  request.functions.push_back({symbol, FunctionId{}, /*counted=*/false});
  Unit unit = build_unit(*copy_, request);
  if (!unit.bodies[0].error.empty()) return make_error("{}: {}", symbol, unit.bodies[0].error);
  Expected<ObjectBytes> object = emit(*unit.module, tier, stamp_tier, source_hash(symbol));
  if (!object) return make_error("{} at {}: {}", symbol, tier_name(tier), one_line(object.takeError()));
  return object;
}

} // namespace ajit
