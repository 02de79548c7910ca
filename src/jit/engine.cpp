#include "engine.h"
#include "clock.h"
#include "engine_registry.h"
#include "entry_counter.h"
#include "error.h"
#include "foreign_labels.h"
#include "gdb_registration.h"
#include "jit_dump.h"
#include "label_owner.h"
#include "log.h"
#include "module_source.h"
#include "osr_check.h"
#include "perf_map.h"

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
  if (Error error = define_symbols()) return error;
  Expected<std::unique_ptr<Linker>> linker =
      Linker::create(*slab_, *map_, [this](StringRef name) { return resolve(name); }, borrowed(observers_));
  if (!linker) return linker.takeError();
  linker_ = std::move(*linker);
  DecisionSink sink;
  if (options_.tiers.explain) sink = [this](const DecisionRecord& record) { log_decision(record, name_of(record.id)); };
  tiers_ =
      std::make_unique<TierManager>(options_.tiers, *this, std::span(&slab_->counter(FunctionId{0}), max_functions),
                                    poll_line_->flags, std::move(sink));
  first_.emplace(program_, *tiers_);
  bodies_.emplace(BodyCompiler::Parts{.options = options_,
                                      .program = program_,
                                      .pool = pool_,
                                      .gate = gate_,
                                      .map = *map_,
                                      .linker = *linker_,
                                      .tiers = *tiers_,
                                      .first = *first_,
                                      .times = times_,
                                      .dumps = dumps_.get()});
  return Error::success();
}

Error Engine::define_symbols() {
  host_.define("dlsym", reinterpret_cast<void*>(&program_dlsym));
  host_.define("dlvsym", reinterpret_cast<void*>(&program_dlvsym));
  host_.define("_Fork", reinterpret_cast<void*>(&program_plain_fork));
  if (options_.executable) {
    host_.define("dlopen", reinterpret_cast<void*>(&program_dlopen));
    for (const ObjectQuery& query : object_queries)
      host_.define(query.name, query.answer);
  }
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
  host_.define(label_address_function, reinterpret_cast<void*>(&ajit_label));
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

//===--------------------------------------------------------------------------------------------------------------===//
// The process around it

void Engine::park() {
  tiers_->before_fork();
  tiers_->park();
  gate_.close();
}

void Engine::unpark() {
  gate_.open();
  tiers_->unpark();
  tiers_->grant_wishes([this](std::span<const FunctionId> ids) { make_for_children(ids); });
}

void Engine::reset_after_fork() {
  slab_->after_fork_in_child();
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
