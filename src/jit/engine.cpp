#include "engine.h"
#include "clock.h"
#include "data_unit.h"
#include "engine_registry.h"
#include "entry_counter.h"
#include "error.h"
#include "gdb_registration.h"
#include "jit_dump.h"
#include "log.h"
#include "module_source.h"
#include "osr_check.h"
#include "perf_map.h"
#include "tls_access.h"

#include <cstdlib>
#include <dlfcn.h>
#include <llvm/Demangle/Demangle.h>
#include <llvm/IR/DerivedTypes.h>
#include <llvm/IR/Function.h>
#include <llvm/IR/GlobalValue.h>
#include <llvm/IR/Module.h>
#include <llvm/Support/MemoryBuffer.h>
#include <unistd.h>

using namespace llvm;

namespace ajit {
namespace {

constexpr uint32_t max_functions = 1u << 20;

void log_decision(const DecisionRecord& record, std::string_view name) {
  log_info("tier", "{}", describe(record, name));
}

/// Names of values are for dumps, debug information for debuggers and for perf's source lines.
CopyOptions copy_options(const Options& options, bool debugger) {
  const bool lines = debugger || options.perf == PerfSupport::jitdump;
  return {.value_names = !options.dump.directory.empty(), .debug_info = lines ? DebugInfo::keep : DebugInfo::drop};
}

CodeObservers borrowed(const std::vector<std::unique_ptr<CodeObserver>>& owned) {
  CodeObservers observers;
  for (const std::unique_ptr<CodeObserver>& observer : owned)
    observers.push_back(observer.get());
  return observers;
}

/// Cycles per millisecond, by the steady clock, over the process's life so far.
double measured_cycles_per_ms() {
  static const uint64_t first_cycles = read_cycles();
  static const SteadyClock::time_point first_time = SteadyClock::now();
  double elapsed = milliseconds(first_time, SteadyClock::now());
  return elapsed > 0 ? static_cast<double>(read_cycles() - first_cycles) / elapsed : 0;
}

} // namespace

Engine::Engine(const Options& options, bool debugger, std::unique_ptr<Slab> slab, std::unique_ptr<PcMap> map,
               UnwindRegistration unwind)
    : options_(options), slab_(std::move(slab)), map_(std::move(map)), unwind_(std::move(unwind)),
      program_(max_functions), pool_(TargetSpec::host(), copy_options(options, debugger)), debugger_(debugger) {
  measured_cycles_per_ms();
}

Engine::~Engine() { stop(); }

Expected<std::unique_ptr<Engine>> Engine::create(const Options& options) {
  if (std::string_view problem = problem_with(options.tiers); !problem.empty())
    return make_error("invalid tier options: {}", problem);
  SlabOptions slab_options;
  slab_options.size = options.address_space;
  slab_options.max_functions = max_functions;
  const bool debugger = options.debugger == DebuggerSupport::on ||
                        (options.debugger == DebuggerSupport::automatic && debugger_is_attached());
  if (options.perf == PerfSupport::map) slab_options.mapping = CodeMapping::anonymous;
  if (debugger) slab_options.mapping = CodeMapping::debuggable;
  Expected<std::unique_ptr<Slab>> slab = Slab::create(slab_options);
  if (!slab) return slab.takeError();
  Expected<std::unique_ptr<PcMap>> map = PcMap::create(**slab, stub_fde());
  if (!map) return map.takeError();
  Expected<UnwindRegistration> unwind = UnwindRegistration::create(**map);
  if (!unwind) return unwind.takeError();
  std::unique_ptr<Engine> engine(new Engine(options, debugger, std::move(*slab), std::move(*map), std::move(*unwind)));
  if (Error error = engine->start()) return error;
  return engine;
}

Error Engine::start() {
  if (!options_.dump.directory.empty()) {
    Expected<std::unique_ptr<DumpWriter>> dumps = DumpWriter::create(options_.dump);
    if (!dumps) return dumps.takeError();
    dumps_ = std::move(*dumps);
  }
  Expected<StubTable> stubs = StubTable::create(*slab_, *map_, *this);
  if (!stubs) return stubs.takeError();
  stubs_.emplace(*stubs);
  if (Error error = start_observers()) return error;
  host_.define("dlsym", reinterpret_cast<void*>(&program_dlsym));
  if (options_.executable) host_.define("dlopen", reinterpret_cast<void*>(&program_dlopen));
  host_.define(counters_symbol, &slab_->counter(FunctionId{0}));
  // What destructors registered by the program are tagged with. In reach of 32-bit displacements, as it is hidden.
  Expected<AddressRange> handle = slab_->allocate(Region::data, sizeof(void*), alignof(void*));
  if (!handle) return handle.takeError();
  host_.define("__dso_handle", handle->start);
  Expected<AddressRange> line = slab_->allocate(Region::data, sizeof(PollLine), alignof(PollLine));
  if (!line) return line.takeError();
  poll_line_ = new (line->start) PollLine;
  poll_line_->handler = this;
  host_.define(osr_poll_symbol, poll_line_);
  host_.define(osr_request_symbol, reinterpret_cast<void*>(&ajit_osr_request));
  Expected<std::unique_ptr<Linker>> linker =
      Linker::create(*slab_, *map_, [this](StringRef name) { return resolve(name); }, borrowed(observers_));
  if (!linker) return linker.takeError();
  linker_ = std::move(*linker);
  DecisionSink sink;
  if (options_.tiers.explain) sink = [this](const DecisionRecord& record) { log_decision(record, name_of(record.id)); };
  tiers_ =
      std::make_unique<TierManager>(options_.tiers, *this, std::span(&slab_->counter(FunctionId{0}), max_functions),
                                    poll_line_->poll, std::move(sink));
  return Error::success();
}

Error Engine::start_observers() {
  if (debugger_) observers_.push_back(std::make_unique<GdbRegistration>());
  if (options_.perf == PerfSupport::map) {
    Expected<std::unique_ptr<PerfMap>> map = PerfMap::create();
    if (!map) return map.takeError();
    observers_.push_back(std::move(*map));
  }
  if (options_.perf == PerfSupport::jitdump) {
    Expected<std::unique_ptr<JitDump>> dump = JitDump::create();
    if (!dump) return dump.takeError();
    observers_.push_back(std::move(*dump));
  }
  for (const std::unique_ptr<CodeObserver>& observer : observers_)
    observer->assembled(stubs_->veneer());
  return Error::success();
}

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

//===--------------------------------------------------------------------------------------------------------------===//
// Modules and names

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
  if (!error) error = link_data(kept);
  if (!error) error = fill_data_around(*around);
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

Error Engine::link_data(LoadedModule& module) {
  CompileGate::Inside inside(gate_);
  if (module.index.has_data_unit) {
    CompilePool::Lease context = pool_.borrow();
    Expected<ModuleCopy*> copy = context->copy(*module.source, module.ordinal);
    if (!copy) return copy.takeError();
    Expected<DataUnit> unit = build_data_unit(**copy, module.ordinal);
    if (!unit) return unit.takeError();
    if (unit->module) {
      CompileTimes times;
      Tier tier = unit->pinned.empty() ? Tier::O0 : Tier::O2;
      Unit data;
      data.module = std::move(unit->module);
      Expected<std::unique_ptr<MemoryBuffer>> object = compile(context, data, {.ids = {}, .tier = tier}, times);
      if (!object)
        return make_error("cannot compile data: {}: {}", module.source->name(), one_line(object.takeError()));
      std::vector<LinkSymbol> symbols{{unit->marker, {}}};
      for (const PinnedBody& pinned : unit->pinned) {
        FunctionId id = *program_.find(pinned.symbol);
        symbols.push_back({pinned.body_symbol, {id, tier, CodeKind::body}, *program_.record(id).name});
      }
      Expected<std::vector<void*>> addresses = linker_->link(ObjectKind::data, std::move(*object), symbols);
      if (!addresses)
        return make_error("cannot link data: {}: {}", module.source->name(), one_line(addresses.takeError()));
      for (size_t i = 0; i != unit->pinned.size(); ++i) {
        Body body;
        body.id = *program_.find(unit->pinned[i].symbol);
        body.address = (*addresses)[i + 1];
        body.traits.pinned = unit->pinned[i].reason;
        body.traits.timeable = false;
        prepare(body.id);
        install_first(body, tier);
      }
    }
  }
  for (const AliasEntry& alias : module.index.aliases) {
    if (alias.to_function) continue;
    Expected<void*> base = linker_->lookup(GlobalValue::dropLLVMManglingEscape(alias.target));
    if (!base) return base.takeError();
    program_.define_alias(alias.name, static_cast<char*>(*base) + alias.offset);
  }
  return Error::success();
}

void* Engine::resolve(StringRef name) {
  if (std::optional<FunctionId> id = program_.find(name)) return stubs_->address(*id);
  if (void* alias = program_.find_alias(name)) return alias;
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
  // Not under the lock: a constructor may add modules.
  for (auto* constructor : constructors)
    constructor(argc, argv, environment);
  return Error::success();
}

//===--------------------------------------------------------------------------------------------------------------===//
// The process around it

void Engine::park() {
  tiers_->park();
  gate_.close();
}

void Engine::unpark() {
  gate_.open();
  tiers_->unpark();
}

void Engine::reset_after_fork() {
  if (Error error = slab_->after_fork_in_child())
    log_warning("jit", "in a forked child: {}", one_line(std::move(error)));
  gate_.reset_after_fork();
  for (const std::unique_ptr<CodeObserver>& observer : observers_)
    observer->after_fork_in_child();
  tiers_->reset_after_fork();
}

void Engine::stop() {
  if (tiers_) tiers_->stop();
}

void Engine::finish_dumps() {
  if (dumps_) dumps_->finish();
}

Stats Engine::stats() const {
  Stats stats;
  stats.functions = tiers_->profiles();
  stats.tiers = tiers_->stats();
  stats.times = times_.totals();
  stats.uptime_ms = uptime_ms();
  stats.cycles_per_ms = measured_cycles_per_ms();
  stats.functions_defined = program_.function_count();
  stats.code_bytes = slab_->usage(Region::code).used;
  stats.rodata_bytes = slab_->usage(Region::rodata).used;
  stats.data_bytes = slab_->usage(Region::data).used;
  return stats;
}

std::string_view Engine::name_of(FunctionId id) {
  const FunctionRecord& record = program_.record(id);
  return record.name ? std::string_view(*record.name) : std::string_view("?");
}

} // namespace ajit
