#include "engine.h"
#include "clock.h"
#include "compile_guard.h"
#include "error.h"
#include "exit_registration.h"
#include "foreign_labels.h"
#include "forks.h"
#include "label_owner.h"
#include "linker_symbols.h"
#include "llvm_compiler.h"
#include "log.h"
#include "make_observers.h"
#include "runtime_symbols.h"
#include "signals_held.h"

using namespace llvm;

namespace ajit {
namespace {

void log_decision(const DecisionRecord& record, std::string_view name) {
  SignalsHeld held; // a thread of the program may have decided
  log_info("tier", "{}", describe(record, name));
}

/// Dumps need the names of values; debuggers and perf's source lines need debug information.
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

/// Cycles per millisecond, by the steady clock, since the process made its first engine.
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
      pool_(std::make_unique<LlvmCompilerFactory>(TargetSpec::host()), copy_options(options, debugger)),
      debugger_(debugger) {
  measured_cycles_per_ms();
}

Engine::~Engine() {
  stop();
  if (linker_) linker_->end_session();
}

Expected<std::unique_ptr<Engine>> Engine::create(const Options& options) {
  if (std::string_view problem = problem_with(options.tiers); !problem.empty())
    return make_typed<Refused>("invalid tier options: {}", problem);
  if (!has_memory_reserve()) return make_error("out of memory");
  SlabOptions slab_options;
  slab_options.size = options.address_space;
  const bool debugger = wants_debugger(options);
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
  Expected<std::vector<std::unique_ptr<CodeObserver>>> observers = make_observers(options_, debugger_);
  if (!observers) return observers.takeError();
  observers_ = std::move(*observers);
  for (const std::unique_ptr<CodeObserver>& observer : observers_)
    observer->assembled(stubs_->veneer());
  if (Error error = define_symbols()) return error;
  thread_locals_.emplace(*slab_, host_, program_, /*visible=*/options_.executable);
  resolver_.emplace(SymbolResolver::Parts{.slab = *slab_,
                                          .host = host_,
                                          .program = program_,
                                          .stubs = *stubs_,
                                          .thread_locals = *thread_locals_,
                                          .handler = *this});
  Expected<std::unique_ptr<Linker>> linker = Linker::create(
      *slab_, *map_, [this](StringRef name) { return resolver_->resolve(name); }, borrowed(observers_),
      &*thread_locals_);
  if (!linker) return linker.takeError();
  linker_ = std::move(*linker);
  make_parts();
  return Error::success();
}

void Engine::make_parts() {
  DecisionSink sink;
  if (options_.tiers.explain) sink = [this](const DecisionRecord& record) { log_decision(record, name_of(record.id)); };
  tiers_ =
      std::make_unique<TierManager>(options_.tiers, *this, std::span(&slab_->counter(FunctionId{0}), function_limit),
                                    poll_line_->flags, std::move(sink));
  image_.emplace(ExecutableImage::Parts{.options = options_,
                                        .slab = *slab_,
                                        .map = *map_,
                                        .host = host_,
                                        .program = program_,
                                        .stubs = *stubs_,
                                        .thread_locals = *thread_locals_,
                                        .gate = gate_,
                                        .linker = *linker_});
  first_.emplace(program_, *tiers_);
  bodies_.emplace(BodyCompiler::Parts{.options = options_,
                                      .program = program_,
                                      .pool = pool_,
                                      .gate = gate_,
                                      .linker = *linker_,
                                      .tiers = *tiers_,
                                      .first = *first_,
                                      .times = times_,
                                      .dumps = dumps_.get()});
  data_.emplace(
      DataLinker::Parts{.options = options_,
                        .program = program_,
                        .pool = pool_,
                        .gate = gate_,
                        .linker = *linker_,
                        .stubs = *stubs_,
                        .thread_locals = *thread_locals_,
                        .first = *first_,
                        .install = [this](MadeBody body, Tier tier) { install_first(std::move(body), tier); }});
  modules_.emplace(ModuleLoader::Parts{.options = options_,
                                       .host = host_,
                                       .program = program_,
                                       .pool = pool_,
                                       .gate = gate_,
                                       .stubs = *stubs_,
                                       .thread_locals = *thread_locals_,
                                       .linker = *linker_,
                                       .tiers = *tiers_,
                                       .data = *data_,
                                       .image = *image_,
                                       .exit_handlers = *exit_handlers_,
                                       .observers = borrowed(observers_)});
}

Error Engine::define_symbols() {
  host_.define("dlsym", reinterpret_cast<void*>(&program_dlsym));
  host_.define("dlvsym", reinterpret_cast<void*>(&program_dlvsym));
  host_.define("_Fork", reinterpret_cast<void*>(&program_plain_fork));
  if (options_.executable) {
    host_.define("dlopen", reinterpret_cast<void*>(&program_dlopen));
    for (const ObjectQuery& query : object_queries)
      host_.define(query.name, query.answer);
    provide_linker_symbols(host_, *slab_);
  } else {
    define_exit_registration(host_);
  }
  // The tag under which the program registers its destructors. The symbol is hidden, so code reaches it with a 32-bit
  // displacement.
  Expected<AddressRange> handle = slab_->allocate(Region::data, sizeof(void*), alignof(void*));
  if (!handle) return handle.takeError();
  host_.define("__dso_handle", handle->start);
  exit_handlers_.emplace(options_.executable ? nullptr : handle->start);
  Expected<AddressRange> line = slab_->allocate(Region::data, sizeof(PollLine), alignof(PollLine));
  if (!line) return line.takeError();
  poll_line_ = new (line->start) PollLine;
  poll_line_->handler = this;
  poll_line_->counters = &slab_->counter(FunctionId{0});
  host_.define(osr_poll_symbol, poll_line_);
  host_.define(osr_request_symbol, reinterpret_cast<void*>(&ajit_osr_request));
  host_.define(label_address_function, reinterpret_cast<void*>(&ajit_label));
  return Error::success();
}

//===--------------------------------------------------------------------------------------------------------------===//
// Forks, the end of the process, statistics

void Engine::before_fork() { tiers_->before_fork(); }

void Engine::after_fork_in_parent() {
  // Compile ahead what children have called and this process has not called yet.
  tiers_->grant_wishes([this](std::span<const FunctionId> ids) {
    SmallVector<FunctionId> ours; // a child's wish may be for a function of a module that only the child added
    copy_if(ids, std::back_inserter(ours), [&](FunctionId id) {
      return index_of(id) < program_.function_count() && program_.record(id).kind == FunctionKind::function;
    });
    request_ahead(ours);
  });
}

void Engine::after_fork_in_child() {
  slab_->after_fork_in_child();
  for (const std::unique_ptr<CodeObserver>& observer : observers_)
    observer->after_fork_in_child();
  tiers_->reset_after_fork();
  // A thread that forks within its own compile, from the handler of a fault, keeps its claims.
  if (!CompileGate::this_thread_inside()) first_->give_up_all();
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
  stats.data_bytes = slab_->usage(Region::data).used + slab_->large_data().size();
  return stats;
}

std::string_view Engine::name_of(FunctionId id) {
  const FunctionRecord& record = program_.record(id);
  return record.name ? std::string_view(*record.name) : std::string_view("?");
}

} // namespace ajit
