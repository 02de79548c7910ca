#include "module_loader.h"
#include "error.h"
#include "host_arithmetic.h"
#include "module_source.h"

#include <algorithm>
#include <llvm/ADT/StringSet.h>
#include <llvm/Demangle/Demangle.h>
#include <llvm/IR/DerivedTypes.h>
#include <llvm/IR/Function.h>
#include <llvm/IR/GlobalValue.h>
#include <llvm/IR/Module.h>
#include <llvm/Support/raw_ostream.h>

using namespace llvm;

namespace ajit {
namespace {

StringRef linker_name(StringRef symbol) { return GlobalValue::dropLLVMManglingEscape(symbol); }

uint32_t function_count(const LoadedModule& module) {
  return static_cast<uint32_t>(module.index.functions.size() + module.index.ifuncs.size());
}

} // namespace

Expected<LoadedModule> ModuleLoader::read(std::unique_ptr<ModuleSource> source) {
  LoadedModule module;
  module.ordinal = parts_.program.module_count();
  module.source = std::move(source);
  CompileGate::Inside inside(parts_.gate);
  CompilePool::Lease context = parts_.pool.borrow();
  Expected<ModuleCopy*> copy = context->copy(module.source, module.ordinal);
  if (!copy) {
    context.discard();
    return copy.takeError();
  }
  module.index = (*copy)->index();
  module.has_debug_info = !(*copy)->module().debug_compile_units().empty();
  Error error = parts_.program.check(module, module.source->name());
  if (!error) error = check_undefined(module);
  if (!error) return module;
  context.discard();
  return error;
}

Error ModuleLoader::add(std::unique_ptr<ModuleSource> source) {
  MutexLock one_at_a_time(mutex_);
  Expected<LoadedModule> module = read(std::move(source));
  if (!module) return module.takeError();
  LoadedModule& kept = parts_.program.add(std::move(*module));
  parts_.stubs.make(kept.first, function_count(kept));
  Expected<DataLinker::DataAround> around = parts_.data.make_room_for_data_around(kept);
  if (!around) {
    parts_.program.remove(kept);
    return around.takeError();
  }
  if (parts_.options.lazy_symbols)
    for (const std::string& name : kept.index.undefined_functions)
      if (!parts_.program.defines(name)) parts_.program.defer(name);
  parts_.program.commit(kept);
  if (Error error = parts_.data.link(kept, *around)) {
    parts_.program.retract(kept);
    parts_.program.remove(kept);
    return error;
  }
  show_stubs(kept);
  return Error::success();
}

Error ModuleLoader::check_undefined(const LoadedModule& module) const {
  std::vector<std::string> missing;
  auto look_for = [&](const std::vector<std::string>& names) {
    for (const std::string& name : names)
      if (!parts_.program.defines(name) && !parts_.host.lookup(linker_name(name))) missing.push_back(name);
  };
  look_for(module.index.undefined_data);
  if (!parts_.options.lazy_symbols) look_for(module.index.undefined_functions);
  // The module's own assembly may define what the module declares.
  std::erase_if(missing, [&](const std::string& name) { return defines(module.index, name); });
  if (missing.empty()) return Error::success();
  Expected<std::vector<std::string>> used = module.source->used(missing);
  if (!used) return used.takeError();
  if (used->empty()) return Error::success();
  for (std::string& name : *used)
    name = demangle(name);
  std::sort(used->begin(), used->end());
  return make_typed<Unresolved>("undefined symbol{}: {}: {}", used->size() == 1 ? "" : "s", module.source->name(),
                                fmt::format("{}", fmt::join(*used, ", ")));
}

void ModuleLoader::show_stubs(const LoadedModule& module) {
  if (parts_.observers.empty()) return;
  CompileGate::Inside inside(parts_.gate);
  std::vector<std::string> names;
  for (uint32_t index = index_of(module.first); names.size() != function_count(module); ++index)
    names.push_back(*parts_.program.record(FunctionId{index}).name);
  const AssembledCode stubs = parts_.stubs.describe(module.first, std::move(names), module.has_debug_info);
  for (CodeObserver* observer : parts_.observers)
    observer->assembled(stubs);
}

Expected<std::vector<ModuleLoader::Function>> ModuleLoader::functions_of(const std::vector<Initialiser>& initialisers,
                                                                         std::string_view kind) const {
  std::vector<Function> functions;
  for (const Initialiser& entry : initialisers) {
    std::optional<FunctionId> id = parts_.program.find(entry.function);
    if (!id) return make_typed<Unresolved>("{} not found: {}", kind, entry.function);
    functions.push_back(reinterpret_cast<Function>(parts_.stubs.address(*id)));
  }
  return functions;
}

Error ModuleLoader::run_constructors(int argc, char** argv, char** environment) {
  using Constructor = void (*)(int, char**, char**);
  std::vector<Function> constructors;
  if (argc > 0) parts_.image.set_path(argv[0]);
  {
    HostArithmetic arithmetic;
    MutexLock one_at_a_time(mutex_);
    for (; initialised_ != parts_.program.module_count(); ++initialised_) {
      const ModuleIndex& index = parts_.program.module(initialised_).index;
      Expected<std::vector<Function>> begin = functions_of(index.constructors, "constructor");
      if (!begin) return begin.takeError();
      append_range(constructors, *begin);
      Expected<std::vector<Function>> end = functions_of(index.destructors, "destructor");
      if (!end) return end.takeError();
      if (Error error = parts_.exit_handlers.add(*end)) return error;
    }
    parts_.image.bind_to_libraries();
    if (parts_.options.executable)
      if (Error error = parts_.host.check_complete(parts_.image.exported_names())) return error;
  }
  // Constructors run without the lock, as one may add modules.
  for (Function constructor : constructors)
    reinterpret_cast<Constructor>(constructor)(argc, argv, environment);
  return Error::success();
}

Expected<void*> ModuleLoader::lookup(const std::string& name) {
  if (std::optional<FunctionId> id = parts_.program.find(name)) return parts_.stubs.address(*id);
  if (!parts_.program.defines(name)) return make_typed<Unresolved>("no such symbol: {}", name);
  CompileGate::Inside inside(parts_.gate);
  return parts_.linker.lookup(name);
}

Expected<std::string> ModuleLoader::signature(const std::string& name) {
  std::optional<FunctionId> id = parts_.program.find(name);
  if (!id) return make_typed<Unresolved>("no such function: {}", name);
  CompileGate::Inside inside(parts_.gate);
  const FunctionRecord& record = parts_.program.record(*id);
  if (record.kind != FunctionKind::function)
    return make_typed<Unsupported>("no signature: {}: {}", name,
                                   record.kind == FunctionKind::ifunc ? "a resolver chooses the function at run time"
                                                                      : "no module defines it");
  const LoadedModule& module = parts_.program.module(record.module);
  CompilePool::Lease context = parts_.pool.borrow();
  Expected<ModuleCopy*> copy = context->copy(module.source, module.ordinal);
  if (!copy) return copy.takeError();
  const llvm::Function* function = (*copy)->module().getFunction(*record.symbol);
  std::string text;
  raw_string_ostream stream(text);
  function->getFunctionType()->print(stream);
  return text;
}

} // namespace ajit
