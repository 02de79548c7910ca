#include "object_compiler.h"
#include "bare_target.h"
#include "compile_unit.h"
#include "error.h"
#include "globals_mapper.h"
#include "llvm_compiler.h"
#include "load_check.h"
#include "module_source.h"
#include "unit.h"

#include <formats/hash.h>
#include <formats/object_stamp.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/Module.h>
#include <llvm/Transforms/Utils/ModuleUtils.h>

using namespace llvm;

namespace ajit {
namespace {

/// The priority of constructors that name none. They run after all others.
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

/// Prepares a unit for this target, before it is optimised.
void prepare(Module& unit) {
  use_c_convention(unit);
  add_stamp_section(unit);
}

Expected<StampedObject> sealed(ArrayRef<char> object, uint8_t tier, uint64_t source_hash) {
  StampedObject bytes(object.begin(), object.end());
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

ObjectCompiler::ObjectCompiler(std::shared_ptr<const ModuleSource> source)
    : source_(std::move(source)),
      program_hash_(hash64(HASH64_START, source_->bitcode().getBufferStart(), source_->bitcode().getBufferSize())),
      pool_(std::make_unique<LlvmCompilerFactory>(bare_target()), {}), context_(pool_.borrow()) {}

ObjectCompiler::~ObjectCompiler() = default;

Expected<std::unique_ptr<ObjectCompiler>> ObjectCompiler::create(std::shared_ptr<const ModuleSource> source) {
  if (Error error = check_bare_module(*source)) return error;
  std::unique_ptr<ObjectCompiler> made(new ObjectCompiler(std::move(source)));
  Expected<ModuleCopy*> copy = made->context_.copy(made->source_, 0);
  if (!copy) return copy.takeError();
  made->copy_ = *copy;
  if (!made->index().ifuncs.empty())
    return make_typed<Refused>("unsupported ifunc: {}: {} is chosen when the program starts", made->source_->name(),
                               made->index().ifuncs[0].symbol);
  return made;
}

const ModuleIndex& ObjectCompiler::index() const { return copy_->index(); }

uint64_t ObjectCompiler::source_hash(const std::string& symbol) const {
  return hash64(program_hash_, symbol.data(), symbol.size());
}

Expected<StampedObject> ObjectCompiler::compile_data() {
  DataOrder order;
  order.prepare = [this](Module& unit) {
    call_constructors(unit, index().constructors);
    prepare(unit);
  };
  order.even_if_empty = !index().constructors.empty();
  Expected<CompiledUnit> unit = ajit::compile_data(context_, source_, 0, order);
  if (!unit) return unit.takeError();
  for (const CompiledBody& body : unit->bodies)
    bodies_in_data_[body.function] = body.symbol;
  if (unit->object.empty()) return StampedObject();
  return sealed(unit->object, OBJECT_STAMP_TIER_DATA, source_hash(""));
}

Expected<FunctionPlan> ObjectCompiler::plan(const std::string& symbol) {
  Expected<Function*> canonical = copy_->canonical(symbol);
  if (!canonical) return canonical.takeError();
  if (!*canonical) return make_typed<Refused>("no such body in the module: {}", symbol);
  FunctionPlan plan;
  plan.pinned = function_traits(**canonical).pinned;
  plan.body_in_data = bodies_in_data_.contains(symbol);
  return plan;
}

Expected<StampedObject> ObjectCompiler::compile_jump(const std::string& symbol, const std::string& body) {
  std::unique_ptr<Module> unit = new_unit_module(copy_->module(), "jump");
  const std::string name = body_symbol(symbol, Tier::O0);
  // Assembly, because no IR forwards every kind of argument list.
  unit->setModuleInlineAsm("\t.text\n\t.globl \"" + name + "\"\n\t.type \"" + name + "\",@function\n\"" + name +
                           "\":\n\tjmp \"" + body + "\"\n");
  prepare(*unit);
  CompileTimes times;
  Expected<ObjectBytes> object = context_->compiler().compile(*unit, Tier::O0, times);
  if (!object) return object.takeError();
  return sealed(*object, static_cast<uint8_t>(tier_index(Tier::O0)), source_hash(symbol));
}

Expected<StampedObject> ObjectCompiler::compile_body(const std::string& symbol, Tier tier) {
  UnitOrder order;
  order.functions = {{.symbol = symbol, .name = symbol}};
  order.tier = tier;
  order.last_tier = tier == Tier::O3;
  order.prepare = &prepare;
  Expected<CompiledUnit> unit = compile_unit(context_, source_, 0, order, /*dumps=*/nullptr);
  if (!unit) return unit.takeError();
  if (const std::optional<Failure>& refusal = unit->bodies.front().refusal) return error_of(*refusal);
  return sealed(unit->object, static_cast<uint8_t>(tier_index(tier)), source_hash(symbol));
}

Expected<StampedObject> ObjectCompiler::compile(const std::string& symbol, Tier tier) {
  auto body = bodies_in_data_.find(symbol);
  Expected<StampedObject> object =
      body == bodies_in_data_.end() ? compile_body(symbol, tier) : compile_jump(symbol, body->second);
  if (!object) return in_context(object.takeError(), fmt::format("{} at {}", symbol, tier_name(tier)));
  return object;
}

} // namespace ajit
