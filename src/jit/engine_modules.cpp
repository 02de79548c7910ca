//===- engine_modules.cpp - Modules: added, their data linked, their symbols found, their constructors run --------===//
#include "data_unit.h"
#include "engine.h"
#include "engine_registry.h"
#include "error.h"
#include "foreign_labels.h"
#include "host_arithmetic.h"
#include "label_owner.h"
#include "library_binder.h"
#include "log.h"
#include "module_source.h"
#include "runtime_threads.h"
#include "symbol_library.h"

#include <algorithm>
#include <llvm/ADT/StringSet.h>
#include <llvm/Demangle/Demangle.h>
#include <llvm/IR/DerivedTypes.h>
#include <llvm/IR/Function.h>
#include <llvm/IR/GlobalValue.h>
#include <llvm/IR/Module.h>
#include <llvm/Support/MemoryBuffer.h>
#include <optional>

using namespace llvm;

namespace ajit {

void Engine::show_stubs(const LoadedModule& module) {
  if (observers_.empty()) return;
  CompileGate::Inside inside(gate_);
  std::vector<std::string> names;
  const std::size_t count = module.index.functions.size() + module.index.ifuncs.size();
  for (uint32_t index = index_of(module.first); names.size() != count; ++index)
    names.push_back(*program_.record(FunctionId{index}).name);
  const AssembledCode stubs = stubs_->describe(module.first, std::move(names), module.has_debug_info);
  for (const std::unique_ptr<CodeObserver>& observer : observers_)
    observer->assembled(stubs);
}

Error Engine::add_module(std::unique_ptr<ModuleSource> source) {
  MutexLock one_at_a_time(modules_mutex_);
  LoadedModule module;
  module.ordinal = program_.module_count();
  {
    CompileGate::Inside inside(gate_);
    CompilePool::Lease context = pool_.borrow();
    Expected<ModuleCopy*> copy = context->copy(*source, module.ordinal);
    if (!copy) return copy.takeError();
    module.index = (*copy)->index();
    module.has_debug_info = !(*copy)->module().debug_compile_units().empty();
    if (Error error = program_.check(module, source->name())) {
      context->forget(module.ordinal); // the next module takes this place
      return error;
    }
  }
  module.source = std::move(source);
  LoadedModule& kept = program_.add(std::move(module));
  stubs_->make(kept.first, static_cast<uint32_t>(kept.index.functions.size() + kept.index.ifuncs.size()));
  Expected<DataAround> around = make_room_for_data_around(kept);
  if (!around) return around.takeError();
  program_.commit(kept);
  show_stubs(kept);
  Error error = check_undefined(kept);
  if (!error) error = link_data(kept, *around);
  if (error) {
    program_.retract(kept);
    return error;
  }
  tiers_->start();
  return Error::success();
}

Expected<Engine::DataAround> Engine::make_room_for_data_around(const LoadedModule& module) {
  DataAround all;
  uint32_t next = index_of(module.first);
  for (const FunctionEntry& function : module.index.functions) {
    FunctionId id{next++};
    if (function.prefix + function.prologue == 0) continue;
    Expected<std::byte*> place = stubs_->make_with_data(id, function.prefix, function.prologue);
    if (!place) return place.takeError();
    all.emplace_back(&function, *place);
  }
  return all;
}

Error Engine::fill_data_around(const DataAround& all) {
  for (auto [function, place] : all) {
    Expected<void*> data =
        linker_->lookup(name_of_data_around(GlobalValue::dropLLVMManglingEscape(function->symbol).str()));
    if (!data) return data.takeError();
    stubs_->fill(place, *data, function->prefix + function->prologue);
  }
  return Error::success();
}

Error Engine::check_undefined(const LoadedModule& module) {
  auto missing_of = [&](const std::vector<std::string>& names) {
    std::vector<std::string> missing;
    for (const std::string& name : names)
      if (!program_.defines(name) && !host_.lookup(GlobalValue::dropLLVMManglingEscape(name))) missing.push_back(name);
    return missing;
  };
  std::vector<std::string> functions = missing_of(module.index.undefined_functions);
  std::vector<std::string> missing = missing_of(module.index.undefined_data);
  if (options_.lazy_symbols)
    for (const std::string& name : functions)
      program_.defer(name);
  else
    missing.insert(missing.end(), functions.begin(), functions.end());
  if (missing.empty()) return Error::success();
  Expected<std::vector<std::string>> used = module.source->used(missing);
  if (!used) return used.takeError();
  if (used->empty()) return Error::success();
  for (std::string& name : *used)
    name = demangle(name);
  std::sort(used->begin(), used->end());
  return make_error("undefined symbol{}: {}: {}", used->size() == 1 ? "" : "s", module.source->name(),
                    fmt::format("{}", fmt::join(*used, ", ")));
}

Error Engine::link_data_unit(const LoadedModule& module) {
  if (!module.index.has_data_unit) return Error::success();
  CompilePool::Lease context = pool_.borrow();
  Expected<ModuleCopy*> copy = context->copy(*module.source, module.ordinal);
  if (!copy) return copy.takeError();
  Expected<DataUnit> unit = build_data_unit(**copy, module.ordinal);
  if (!unit) return unit.takeError();
  if (!unit->module) return Error::success();
  CompileTimes times;
  Tier tier = unit->pinned.empty() ? Tier::O0 : Tier::O2;
  Unit data;
  data.module = std::move(unit->module);
  Expected<std::unique_ptr<MemoryBuffer>> object = bodies_->emit(context, data, {.ids = {}, .tier = tier}, times);
  if (!object) return make_error("cannot compile data: {}: {}", module.source->name(), one_line(object.takeError()));
  std::vector<LinkSymbol> symbols{{unit->marker, {}}};
  for (const PinnedBody& pinned : unit->pinned) {
    FunctionId id = *program_.find(pinned.symbol);
    symbols.push_back({pinned.body_symbol, {id, tier, CodeKind::body}, *program_.record(id).name});
  }
  for (const PinnedBody& pinned : unit->pinned)
    if (!pinned.label_table.empty()) symbols.push_back({pinned.label_table, {}});
  Expected<std::vector<void*>> addresses = linker_->link(ObjectKind::data, std::move(*object), symbols);
  if (!addresses) return make_error("cannot link data: {}: {}", module.source->name(), one_line(addresses.takeError()));
  size_t tables = 1 + unit->pinned.size();
  for (size_t i = 0; i != unit->pinned.size(); ++i) {
    Body body;
    body.id = *program_.find(unit->pinned[i].symbol);
    body.address = (*addresses)[i + 1];
    if (!unit->pinned[i].label_table.empty()) body.labels = static_cast<void* const*>((*addresses)[tables++]);
    body.traits.pinned = unit->pinned[i].reason;
    body.traits.timeable = false;
    first_->prepare(body.id);
    install_first(body, tier);
  }
  return Error::success();
}

Error Engine::define_aliases(const LoadedModule& module) {
  for (const AliasEntry& alias : module.index.aliases) {
    if (alias.to_function) continue;
    Expected<void*> base = linker_->lookup(GlobalValue::dropLLVMManglingEscape(alias.target));
    if (!base) return base.takeError();
    program_.define_alias(alias.name, static_cast<char*>(*base) + alias.offset);
  }
  return Error::success();
}

Error Engine::link_data(const LoadedModule& module, const DataAround& around) {
  CompileGate::Inside inside(gate_);
  if (Error error = link_data_unit(module)) return error;
  if (Error error = define_aliases(module)) return error;
  return fill_data_around(around);
}

void* Engine::make_label_owner(StringRef function) {
  std::optional<FunctionId> id = program_.find(function);
  if (!id) return nullptr;
  Expected<AddressRange> place = slab_->allocate(Region::data, sizeof(LabelOwner), alignof(LabelOwner));
  if (!place) {
    consumeError(place.takeError());
    return nullptr;
  }
  return new (place->start) LabelOwner{.handler = this, .function = *id};
}

Definition Engine::resolve(StringRef name) {
  if (std::optional<FunctionId> id = program_.find(name)) return stubs_->address(*id);
  if (void* alias = program_.find_alias(name)) return alias;
  if (std::optional<StringRef> owner = owner_of_labels(name)) return make_label_owner(*owner);
  if (std::optional<ThreadLocalSymbol> symbol = parse_thread_local_symbol(name)) return thread_locals_.define(*symbol);
  if (void* host = host_.lookup(name)) return host;
  if (!program_.is_deferred(name)) return nullptr;
  std::optional<FunctionId> id = program_.add_undefined(name);
  if (!id) return nullptr;
  stubs_->make(*id, 1);
  return stubs_->address(*id);
}

Expected<void*> Engine::lookup(const std::string& name) {
  if (std::optional<FunctionId> id = program_.find(name)) return stubs_->address(*id);
  if (!program_.defines(name)) return make_error("no such symbol: {}", name);
  CompileGate::Inside inside(gate_);
  return linker_->lookup(name);
}

void* Engine::exported(StringRef name) {
  if (std::optional<FunctionId> id = program_.find(name)) {
    const FunctionRecord& record = program_.record(*id);
    bool local = *record.symbol != *record.name;
    return local || record.kind == FunctionKind::undefined ? nullptr : stubs_->address(*id);
  }
  if (!program_.defines(name)) return nullptr;
  CompileGate::Inside inside(gate_);
  Expected<void*> address = linker_->lookup(name);
  if (address) return *address;
  consumeError(address.takeError());
  return nullptr;
}

Expected<std::string> Engine::signature(const std::string& name) {
  std::optional<FunctionId> id = program_.find(name);
  if (!id) return make_error("no such function: {}", name);
  CompileGate::Inside inside(gate_);
  const FunctionRecord& record = program_.record(*id);
  LoadedModule& module = program_.module(record.module);
  CompilePool::Lease context = pool_.borrow();
  Expected<ModuleCopy*> copy = context->copy(*module.source, module.ordinal);
  if (!copy) return copy.takeError();
  const Function* function = (*copy)->module().getFunction(*record.symbol);
  std::string text;
  raw_string_ostream stream(text);
  function->getFunctionType()->print(stream);
  return text;
}

namespace {

/// Functions that llvm.global_dtors names, of all Jits of the process, in the order of their constructors.
std::vector<void (*)()>& registered_destructors() {
  static auto* list = new std::vector<void (*)()>();
  return *list;
}

void run_registered_destructors() {
  for (auto at = registered_destructors().rbegin(); at != registered_destructors().rend(); ++at)
    (*at)();
}

} // namespace

Error Engine::run_constructors(int argc, char** argv, char** environment) {
  std::vector<void (*)(int, char**, char**)> constructors;
  if (argc > 0) program_path_.store(argv[0], std::memory_order_release);
  std::optional<HostArithmetic> arithmetic(std::in_place);
  {
    MutexLock one_at_a_time(modules_mutex_);
    for (; initialised_ != program_.module_count(); ++initialised_) {
      const ModuleIndex& index = program_.module(initialised_).index;
      for (const Initialiser& entry : index.constructors) {
        std::optional<FunctionId> id = program_.find(entry.function);
        if (!id) return make_error("constructor not found: {}", entry.function);
        constructors.push_back(reinterpret_cast<void (*)(int, char**, char**)>(stubs_->address(*id)));
      }
      // A native program's .fini_array runs after everything that atexit was told of, so this comes first.
      if (!index.destructors.empty() && registered_destructors().empty() && !run_at_exit(&run_registered_destructors))
        return make_error("cannot register destructors with exit()");
      for (const Initialiser& entry : index.destructors) {
        std::optional<FunctionId> id = program_.find(entry.function);
        if (!id) return make_error("destructor not found: {}", entry.function);
        registered_destructors().push_back(reinterpret_cast<void (*)()>(stubs_->address(*id)));
      }
    }
  }
  bind_to_libraries();
  if (options_.executable)
    if (Error error = host_.check_complete(exported_names())) return error;
  arithmetic.reset();
  // Not under the lock: a constructor may add modules.
  for (auto* constructor : constructors)
    constructor(argc, argv, environment);
  return Error::success();
}

bool Engine::describe(const void* address, Dl_info& info) {
  if (!slab_->range().contains(address)) return false;
  const char* path = program_path_.load(std::memory_order_acquire);
  info = {.dli_fname = path ? path : "",
          .dli_fbase = host_.lookup("__ehdr_start"),
          .dli_sname = nullptr,
          .dli_saddr = nullptr};
  const CodeDescriptor* code = map_->lookup(address);
  if (!code) return true;
  uint32_t index = index_of(code->label.function);
  if (code->label.kind == CodeKind::stub)
    index = static_cast<uint32_t>((static_cast<const std::byte*>(address) - code->start) / Slab::stub_size);
  if (index >= program_.function_count()) return true;
  const FunctionRecord& record = program_.record(FunctionId{index});
  if (!record.name || !exported(*record.name) ||
      is_contained(program_.module(record.module).index.hidden, *record.name))
    return true;
  info.dli_sname = record.name->c_str();
  info.dli_saddr = stubs_->address(FunctionId{index});
  return true;
}

std::array<ElfW(Phdr), region_count> Engine::segments() const {
  auto segment = [](AddressRange range, uint32_t flags) {
    ElfW(Phdr) header{};
    header.p_type = PT_LOAD;
    header.p_flags = flags;
    header.p_vaddr = header.p_paddr = reinterpret_cast<uintptr_t>(range.start);
    header.p_memsz = header.p_filesz = range.size;
    return header;
  };
  return {segment(slab_->code_range(), PF_R | PF_X), segment(slab_->used(Region::rodata), PF_R),
          segment(slab_->used(Region::data), PF_R | PF_W)};
}

StringSet<> Engine::exported_names() const {
  StringSet<> names;
  for (unsigned ordinal = 0; ordinal != program_.module_count(); ++ordinal) {
    const ModuleIndex& index = program_.module(ordinal).index;
    for (const FunctionEntry& function : index.functions)
      if (!function.local) names.insert(function.name);
    for (const IfuncEntry& ifunc : index.ifuncs)
      names.insert(ifunc.symbol);
    for (const AliasEntry& alias : index.aliases)
      names.insert(alias.name);
    for (const std::string& variable : index.data)
      names.insert(variable);
    for (const std::string& hidden : index.hidden)
      names.erase(hidden);
  }
  return names;
}

bool Engine::show_to_libraries() {
  if (!options_.executable) return false;
  CompileGate::Inside inside(gate_); // a fork waits, or the child's lock might be held by nobody
  MutexLock lock(shown_mutex_);
  const unsigned count = program_.module_count();
  if (shown_ == count) return false;
  shown_ = count;
  std::vector<AddressedSymbol> symbols;
  for (const auto& name : exported_names())
    if (const void* address = exported(name.getKey())) symbols.push_back({name.getKey().str(), address});
  if (Error error = load_symbol_library(symbols)) log_warning("link", "{}", one_line(std::move(error)));
  return true;
}

bool Engine::bind_to_libraries(void* newest) {
  if (!options_.executable) return true;
  static Mutex one_at_a_time;
  MutexLock lock(one_at_a_time);
  StringSet<> names = exported_names();
  for (const ObjectQuery& query : object_queries)
    names.insert(query.name);
  bind_libraries(
      names,
      [this](const char* name) {
        void* own = exported(name);
        return own ? own : answer_to_query(name);
      },
      [] { return CompileGate::this_thread_inside() || RuntimeThread::is_this_one(); });
  return !newest || unresolved_symbol(newest, names).empty();
}

} // namespace ajit
