#include "module_loader.h"
#include "compile_guard.h"
#include "error.h"
#include "host_arithmetic.h"
#include "linker_name.h"
#include "log.h"
#include "module_source.h"
#include "runtime_entry.h"
#include "shared_object.h"
#include "signals_held.h"

#include <algorithm>
#include <llvm/ADT/ScopeExit.h>
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

/// Whether an initialiser of a variable of `copy`, whose bodies are not read yet, uses one of `names`.
bool used_by_data(llvm::Module& copy, ArrayRef<std::string> names) {
  return any_of(names, [&](const std::string& name) {
    GlobalValue* value = copy.getNamedValue(name);
    if (value) value->removeDeadConstantUsers();
    return value && !value->use_empty();
  });
}

/// Fails if `module` uses one of `missing`.
Error fail_if_used(const LoadedModule& module, const std::vector<std::string>& missing) {
  if (missing.empty()) return Error::success();
  std::optional<Expected<std::vector<std::string>>> read;
  if (std::optional<std::string> failure = run_guarded([&] { read.emplace(module.source->used(missing)); }))
    return make_typed<CompilerFault>("cannot read module: {}: {}", module.source->name(), *failure);
  Expected<std::vector<std::string>> used = std::move(*read);
  if (!used) return used.takeError();
  if (used->empty()) return Error::success();
  for (std::string& name : *used)
    name = demangle(name);
  std::sort(used->begin(), used->end());
  return make_typed<Unresolved>("undefined symbol{}: {}: {}", used->size() == 1 ? "" : "s", module.source->name(),
                                fmt::format("{}", fmt::join(*used, ", ")));
}

uint32_t function_count(const LoadedModule& module) {
  return static_cast<uint32_t>(module.index.functions.size() + module.index.ifuncs.size());
}

} // namespace

Expected<StringSet<>> ModuleLoader::read_names(LoadedModule& module, CompilePool::Lease& context) {
  Expected<ModuleCopy*> copy = context.copy(module.source, module.ordinal);
  if (!copy) return copy.takeError();
  module.index = (*copy)->index();
  module.has_debug_info = !(*copy)->module().debug_compile_units().empty();
  if (!module.index.thread_locals.empty()) module.source->set_calls_for_thread_locals(true);
  if (module.source->yielded().empty())
    if (StringSet<> yielding = parts_.program.yielding(module); !yielding.empty()) return yielding;
  if (Error error = parts_.program.check(module, module.source->name())) return error;
  if (Error error = check_undefined(module, (*copy)->module())) return error;
  return StringSet<>();
}

Expected<LoadedModule> ModuleLoader::read(std::unique_ptr<ModuleSource> source) {
  LoadedModule module;
  module.ordinal = parts_.program.module_count();
  ModuleSource& own = *source;
  module.source = std::move(source);
  CompileGate::Inside inside(parts_.gate);
  while (true) {
    CompilePool::Lease context = parts_.pool.borrow();
    Expected<StringSet<>> yielding = read_names(module, context);
    if (yielding && yielding->empty()) return module;
    context.discard();
    if (!yielding) return yielding.takeError();
    own.yield(std::move(*yielding)); // a copy that is read again lacks these definitions
  }
}

Error ModuleLoader::add(std::unique_ptr<ModuleSource> source) {
  MutexLock one_at_a_time(mutex_);
  Expected<LoadedModule> module = read(std::move(source));
  if (!module) return module.takeError();
  settle_symbols(*module);
  LoadedModule& kept = parts_.program.add(std::move(*module));
  if (Error error = parts_.stubs.make(kept.first, function_count(kept))) {
    parts_.program.remove(kept);
    return error;
  }
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
  if (kept.index.runs_code_on_stacks)
    if (Error error = make_stacks_executable())
      log_warning("link", "closures on the stack will fault: {}: {}", kept.source->name(), one_line(std::move(error)));
  show_stubs(kept);
  return Error::success();
}

std::vector<std::string> ModuleLoader::undefined_names(const LoadedModule& module) const {
  std::vector<std::string> missing;
  auto look_for = [&](const std::vector<std::string>& names) {
    for (const std::string& name : names)
      if (!parts_.program.defines(name) && !parts_.host.lookup(linker_name(name))) missing.push_back(name);
  };
  look_for(module.index.undefined_data);
  if (!parts_.options.lazy_symbols) look_for(module.index.undefined_functions);
  // The module's own assembly may define what the module declares.
  std::erase_if(missing, [&](const std::string& name) { return defines(module.index, name); });
  return missing;
}

Error ModuleLoader::check_undefined(const LoadedModule& module, llvm::Module& copy) {
  std::vector<std::string> missing = undefined_names(module);
  if (!missing.empty() && parts_.host.has_waiting()) {
    if (!used_by_data(copy, missing)) return Error::success();
    if (Error error = parts_.host.load_waiting_incomplete()) return error;
    missing = undefined_names(module);
  }
  return fail_if_used(module, missing);
}

Error ModuleLoader::load_waiting_libraries() {
  if (!parts_.host.has_waiting()) return Error::success();
  parts_.image.show_to_libraries();
  if (Error error = parts_.host.load_waiting()) return error;
  for (unsigned ordinal = 0; ordinal != parts_.program.module_count(); ++ordinal) {
    const LoadedModule& module = parts_.program.module(ordinal);
    if (Error error = fail_if_used(module, undefined_names(module))) return error;
  }
  parts_.image.bind_to_libraries();
  return Error::success();
}

void ModuleLoader::settle_symbols(const LoadedModule& module) const {
  for (const std::string& name : module.index.weak_undefined)
    if (!parts_.program.defines(name)) parts_.host.settle(linker_name(name));
  for (StringRef name : {"memcpy", "memmove", "memset"}) // what the code generator calls unasked
    parts_.host.settle(name);
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
  auto give_up_list = make_scope_exit([&] {
    SignalsHeld held; // constructors may have installed handlers
    constructors = {};
  });
  if (argc > 0) parts_.image.set_path(argv[0]);
  {
    SignalsHeld held;
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
  if (Error error = load_waiting_libraries()) return error;
  // Constructors, also those of libraries, run without the lock, as one may add modules.
  clear_vector_registers();
  for (Function constructor : constructors)
    reinterpret_cast<Constructor>(constructor)(argc, argv, environment);
  clear_vector_registers();
  return Error::success();
}

Expected<void*> ModuleLoader::lookup(const std::string& name) {
  if (std::optional<FunctionId> id = parts_.program.find(name)) return parts_.stubs.address(*id);
  if (!parts_.program.defines(name)) return make_typed<Unresolved>("no such symbol: {}", name);
  if (void* instance = parts_.thread_locals.in_this_thread(linker_name(name))) return instance;
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
  Expected<ModuleCopy*> copy = context.copy(module.source, module.ordinal);
  if (!copy) return copy.takeError();
  const llvm::Function* function = (*copy)->module().getFunction(*record.symbol);
  std::string text;
  raw_string_ostream stream(text);
  function->getFunctionType()->print(stream);
  return text;
}

} // namespace ajit
