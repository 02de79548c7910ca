//===- engine.h - Calls: first bodies, ticks, loops, and the publishing of code -----------------------------------===//
//
// The life of a call:
//
//   stub ─▶ slot ─▶ body                                            the usual case: no code of ajit runs
//                └▶ runtime entry ─▶ enter() ─▶ first call          make the first body, publish it, go on there
//                                           └▶ tick                 the counter ran out: TierManager decides, go on
//
// and of a loop below the last tier:
//
//   head ─▶ poll byte is 0 ─▶ loop                                    the usual case
//       └─▶ check_loop() ─▶ TierManager decides ─▶ loop, or on in a continuation
//
// The thread that needs a body makes it (body_compiler.h) and stores its address to the slot. The holder of a
// function's Claim makes its first body while other threads wait. The TierManager never has two compiles of one
// function under way.
//
// The engine also owns the other parts of a Jit: module_loader.h adds modules, executable_image.h presents them to the
// rest of the process, exit_handlers.h keeps their destructors. forks.h brings engines to rest around a fork.
// engine.cpp puts the parts together; engine_calls.cpp has what happens at calls.
//
// Order of destruction: the TierManager first, as its threads use everything; then the installed bodies; then the
// linker, whose session refers to the slab; the slab last, when no thread runs code in it.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "body_compiler.h"
#include "compile_gate.h"
#include "compile_pool.h"
#include "data_linker.h"
#include "dump_writer.h"
#include "executable_image.h"
#include "exit_handlers.h"
#include "first_bodies.h"
#include "host_symbols.h"
#include "linker.h"
#include "module_loader.h"
#include "options.h"
#include "poll_line.h"
#include "program.h"
#include "runtime_entry.h"
#include "slab.h"
#include "stats.h"
#include "stub_table.h"
#include "symbol_resolver.h"
#include "thread_locals.h"
#include "tier_manager.h"
#include "time_report.h"
#include "unwind_registration.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ajit {

/// Thread-safe, except for construction and destruction.
class Engine final : public RuntimeHandler, public TierCompiler {
public:
  static llvm::Expected<std::unique_ptr<Engine>> create(const Options& options);
  ~Engine() override;

  ModuleLoader& modules() { return *modules_; }
  ExecutableImage& image() { return *image_; }
  HostSymbols& host() { return host_; }
  const ExitHandlers& exit_handlers() const { return *exit_handlers_; }
  bool is_executable() const { return options_.executable; }
  bool owns(const void* address) const { return slab_->contains(address); }

  /// Runs the exit handlers of the modules that have not run yet, unless the modules are the executable.
  void run_exit_handlers() {
    if (!options_.executable) exit_handlers_->run_now();
  }

  Stats stats() const;
  void finish_dumps();

  // Around a fork (forks.h). before_fork() runs before the compile gate closes, the others once it is open again.
  void before_fork();
  void after_fork_in_parent();
  void after_fork_in_child();

  /// At the end of the process.
  void stop();

  // RuntimeHandler
  Dispatch enter(FunctionId id) noexcept override;
  void report(FunctionId id, uint64_t tag, uint64_t cycles) noexcept override;
  void* check_loop(FunctionId id, uint32_t loop, Tier tier) noexcept override;
  void* const* labels_of(FunctionId id) noexcept override;

  // TierCompiler
  FunctionFacts facts_of(FunctionId id) override;
  void compile_and_install(std::span<const FunctionId> ids, Tier target, const InstallReport& report) override;
  ContinuationResult compile_continuation(FunctionId id, uint32_t loop, Tier target, const Interest& interest) override;
  void warm_up(Tier target, const std::function<bool()>& wanted_elsewhere) override;
  void compile_ahead(std::span<const FunctionId> ids) override;
  std::string_view name_of(FunctionId id) override;

private:
  Engine(const Options& options, bool debugger, std::unique_ptr<Slab> slab, std::unique_ptr<PcMap> map,
         UnwindRegistration unwind);
  llvm::Error start();
  /// Defines the symbols that programs and generated code get from the runtime, and makes what they name.
  llvm::Error define_symbols();
  void make_parts();

  void* first_call(FunctionId id) noexcept;
  void make_first_body(Claim claim) noexcept;
  /// BodyCompiler::make_first(). Ends the process if that takes too long.
  llvm::Expected<std::vector<MadeBody>> make_before_deadline(std::vector<Claim>& claims, bool may_grow);
  bool make_first_body_if_free(FunctionId id) noexcept;
  void* resolve_ifunc(FunctionId id) noexcept;
  /// Publishes a first body and fulfils its claim.
  void install_first(MadeBody body, Tier tier);
  /// Publishes a body that replaces an earlier one.
  CompileResult install_later(MadeBody& body, Tier tier);
  /// Publishes first bodies and requests those of their likely callees. A refused body gives up its claim.
  void install_all(std::vector<MadeBody> bodies);
  void explain_exclusions(FunctionId id, llvm::ArrayRef<LoopFacts> loops);
  void publish(FunctionId id, void* address, Tier tier);
  /// Keeps a published body until the Jit's end: a frame may be in it.
  void keep(InstalledBody body) AJIT_EXCLUDES(installed_mutex_);
  bool take_sample(FunctionId id);
  void make_ahead(std::span<const FunctionId> ids);
  /// Requests first bodies for those of `ids` that no thread has made or claimed yet.
  void request_ahead(llvm::ArrayRef<FunctionId> ids);
  /// The line that reports why `id` cannot be called.
  std::string cannot_call(FunctionId id, std::string_view why);
  [[noreturn]] void die(FunctionId id, const std::string& why);

  const Options options_;
  const std::unique_ptr<Slab> slab_;
  const std::unique_ptr<PcMap> map_;
  const UnwindRegistration unwind_;
  HostSymbols host_;
  Program program_;
  CompilePool pool_;
  TimeReport times_;
  CompileGate& gate_ = CompileGate::of_process();
  std::unique_ptr<DumpWriter> dumps_;
  std::vector<std::unique_ptr<CodeObserver>> observers_;
  const bool debugger_; ///< gdb is told about the code
  std::optional<StubTable> stubs_;
  PollLine* poll_line_ = nullptr; ///< in the slab
  std::optional<ThreadLocals> thread_locals_;
  std::optional<SymbolResolver> resolver_;
  std::unique_ptr<Linker> linker_;
  Mutex installed_mutex_;
  std::vector<InstalledBody> installed_ AJIT_GUARDED_BY(installed_mutex_);
  // The threads of `tiers_` use the parts from here on, so it is destroyed before them.
  std::optional<ExitHandlers> exit_handlers_;
  std::optional<ExecutableImage> image_;
  std::optional<FirstBodies> first_;
  std::optional<BodyCompiler> bodies_;
  std::optional<DataLinker> data_;
  std::optional<ModuleLoader> modules_;
  std::unique_ptr<TierManager> tiers_;
};

} // namespace ajit
