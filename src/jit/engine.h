//===- engine.h - Wires modules, tiers, compilers and the linker together -----------------------------------------===//
//
// The life of a call:
//
//   stub ─▶ slot ─▶ body                                            the usual case: nothing of this file runs
//                └▶ runtime entry ─▶ enter() ─▶ first call          make the O0 body, publish it, go on there
//                                           └▶ tick                 the counter ran out: TierManager decides, go on
//
// and of a loop at O0 or O1:
//
//   head ─▶ poll byte is 0 ─▶ loop                                    the usual case
//       └─▶ check_loop() ─▶ TierManager decides ─▶ loop, or on in a continuation
//
// A body is made by whichever thread needs it (body_compiler.h), and its address stored to the slot. For one function,
// FirstBodies lets one thread make the first body while others wait, and the TierManager never has two compiles of one
// function under way.
//
// engine.cpp has what an engine is made of and the process around it, engine_modules.cpp modules and their names,
// engine_calls.cpp what happens at calls and the publishing of bodies.
//
// Order of destruction: the TierManager first, as its threads use everything; then the linker, whose session refers to
// the slab; the slab last, when nobody runs in it.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "body_compiler.h"
#include "compile_gate.h"
#include "compile_pool.h"
#include "dump_writer.h"
#include "first_bodies.h"
#include "host_symbols.h"
#include "linker.h"
#include "options.h"
#include "poll_line.h"
#include "program.h"
#include "runtime_entry.h"
#include "slab.h"
#include "stats.h"
#include "stub_table.h"
#include "thread_locals.h"
#include "tier_manager.h"
#include "time_report.h"
#include "unwind_registration.h"

#include <array>
#include <dlfcn.h>
#include <link.h>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ajit {

/// Thread-safe, but for construction and destruction.
class Engine final : public RuntimeHandler, public TierCompiler {
public:
  static llvm::Expected<std::unique_ptr<Engine>> create(const Options& options);
  ~Engine() override;

  llvm::Error add_module(std::unique_ptr<ModuleSource> source);
  llvm::Error load_library(const std::string& path) { return host_.load_library(path, options_.executable); }
  void define_symbol(llvm::StringRef name, void* address) { host_.define(name, address); }

  /// Runs the constructors of modules added since the last call, and registers their destructors with exit().
  /// Constructors get the arguments of main, as glibc passes them.
  llvm::Error run_constructors(int argc, char** argv, char** environment);

  /// The address of a function's stub or of a variable. Fails if there is no such symbol.
  llvm::Expected<void*> lookup(const std::string& name);

  /// The address of `name` if a module defines it for others to see; else null.
  void* exported(llvm::StringRef name);

  /// Answers dladdr for an address in what the modules have become; false if `address` is none.
  bool describe(const void* address, Dl_info& info);

  /// What the modules have become, as the segments of an executable that is loaded where it was linked for.
  std::array<ElfW(Phdr), region_count> segments() const;

  /// Makes the libraries that are loaded now see what the modules define, if these are the executable. False if
  /// `newest`, the handle of one of them, is left without a function that it needs.
  bool bind_to_libraries(void* newest = nullptr);

  /// Makes libraries that are loaded from now on find what the modules define, while they are loaded. False if this has
  /// been done for all modules; a failure is logged, and the caller, who tries to load again, hears what is missing.
  bool show_to_libraries() AJIT_EXCLUDES(shown_mutex_);

  /// How the function `name` is declared, if its module defines it.
  llvm::Expected<std::string> signature(const std::string& name);

  Stats stats() const;
  void finish_dumps();

  // Around fork and at the end of the process.
  void park();
  void unpark();
  void reset_after_fork();
  void stop();

  // RuntimeHandler
  Dispatch enter(FunctionId id) noexcept override;
  void report(FunctionId id, uint64_t tag, uint64_t cycles) noexcept override;
  void* check_loop(FunctionId id, uint32_t loop, Tier tier) noexcept override;
  void* const* labels_of(FunctionId id) noexcept override;

  // TierCompiler
  CompileResult compile_and_install(FunctionId id, Tier target) override;
  ContinuationResult compile_continuation(FunctionId id, uint32_t loop, Tier target, const Interest& interest) override;
  void warm_up(Tier target, const std::function<bool()>& wanted_elsewhere) override;
  void compile_ahead(std::span<const FunctionId> ids) override;
  std::string_view name_of(FunctionId id) override;

private:
  Engine(const Options& options, bool debugger, std::unique_ptr<Slab> slab, std::unique_ptr<PcMap> map,
         UnwindRegistration unwind);
  llvm::Error start();
  /// Symbols that programs and generated code get from the runtime; makes what they name.
  llvm::Error define_symbols();
  llvm::Error start_observers();
  /// Tells the observers of the stubs of `module`'s functions.
  void show_stubs(const LoadedModule& module);

  /// Functions with prefix or prologue data, and where it goes.
  using DataAround = std::vector<std::pair<const FunctionEntry*, std::byte*>>;
  llvm::Expected<DataAround> make_room_for_data_around(const LoadedModule& module);
  llvm::Error fill_data_around(const DataAround& all);
  llvm::Error check_undefined(const LoadedModule& module);
  /// All of `module` that is no function.
  llvm::Error link_data(const LoadedModule& module, const DataAround& around);
  llvm::Error link_data_unit(const LoadedModule& module);
  llvm::Error define_aliases(const LoadedModule& module);
  Definition resolve(llvm::StringRef name);
  /// What generated code asks for labels of `function`; null if there is no such function.
  void* make_label_owner(llvm::StringRef function);
  /// What other objects may see of the modules.
  llvm::StringSet<> exported_names() const;

  void* first_call(FunctionId id) noexcept;
  void* make_first_body(FunctionId id) noexcept;
  bool make_first_body_if_free(FunctionId id) noexcept;
  void* resolve_ifunc(FunctionId id) noexcept;
  void install_first(const Body& body, Tier tier);
  void explain_exclusions(FunctionId id, llvm::ArrayRef<LoopFacts> loops);
  void install_or_give_up(llvm::ArrayRef<Body> bodies);
  void publish(FunctionId id, void* address, Tier tier);
  bool take_sample(FunctionId id);
  /// Compiles ahead what children of this process have called and it has not.
  void make_for_children(std::span<const FunctionId> ids);
  void predict(const Body& body);
  [[noreturn]] void die(FunctionId id, const std::string& why);

  const Options options_;
  const std::unique_ptr<Slab> slab_;
  const std::unique_ptr<PcMap> map_;
  const UnwindRegistration unwind_;
  HostSymbols host_;
  Program program_;
  CompilePool pool_;
  TimeReport times_;
  CompileGate gate_;
  std::unique_ptr<DumpWriter> dumps_;
  const bool debugger_; ///< gdb is to know of the code
  std::vector<std::unique_ptr<CodeObserver>> observers_;
  std::optional<StubTable> stubs_;
  std::atomic<const char*> program_path_{nullptr}; ///< argv[0] of the program; null before its constructors run
  PollLine* poll_line_ = nullptr;                  ///< in the slab
  ThreadLocals thread_locals_{*slab_, host_, program_};
  std::unique_ptr<Linker> linker_;
  /// Made with `tiers_`, whose threads use them.
  std::optional<FirstBodies> first_;
  std::optional<BodyCompiler> bodies_;
  std::unique_ptr<TierManager> tiers_;

  Mutex shown_mutex_;                                        ///< names are shown by one thread at a time
  unsigned shown_ AJIT_GUARDED_BY(shown_mutex_) = 0;         ///< modules whose names new libraries find
  Mutex modules_mutex_;                                      ///< one module is added at a time
  unsigned initialised_ AJIT_GUARDED_BY(modules_mutex_) = 0; ///< modules whose constructors have run
};

} // namespace ajit
