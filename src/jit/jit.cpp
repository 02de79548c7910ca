#include "jit.h"
#include "compile_guard.h"
#include "compile_stack.h"
#include "engine.h"
#include "engine_list.h"
#include "error.h"
#include "module_source.h"
#include "signals_held.h"

#include <llvm/Support/MemoryBuffer.h>
#include <unistd.h>

namespace ajit {
namespace {

Result<void> result_of(llvm::Error error) {
  if (error) return failure_of(std::move(error));
  return {};
}

/// Appends modules to a list.
using ReadSources = llvm::function_ref<llvm::Error(std::vector<std::unique_ptr<ModuleSource>>&)>;

/// What `read` appends, linked into one module. If LLVM gives up, its memory is lost.
llvm::Expected<std::unique_ptr<ModuleSource>> read_guarded(const std::string& name, ReadSources read) {
  std::optional<llvm::Expected<std::unique_ptr<ModuleSource>>> linked;
  std::optional<std::string> failure = run_guarded([&] {
    std::vector<std::unique_ptr<ModuleSource>> sources;
    if (llvm::Error error = read(sources))
      linked.emplace(std::move(error));
    else
      linked.emplace(ModuleSource::link(std::move(sources)));
  });
  if (failure) return make_typed<CompilerFault>("cannot read module: {}: {}", name, *failure);
  return std::move(*linked);
}

/// Adds the modules that `read` appends; `name` is for messages.
Result<void> add_sources(Engine& engine, const std::string& name, ReadSources read) {
  SignalsHeld held;
  llvm::Error result = llvm::Error::success();
  run_on_large_stack([&] {
    llvm::consumeError(std::move(result));
    auto source = read_guarded(name, read);
    result = source ? engine.modules().add(std::move(*source)) : source.takeError();
  });
  return result_of(std::move(result));
}

} // namespace

Jit::Jit(std::unique_ptr<Engine> engine) : engine_(std::move(engine)) { register_engine(*engine_); }

Jit::~Jit() {
  engine_->run_exit_handlers();
  unregister_engine(*engine_);
}

Result<std::unique_ptr<Jit>> Jit::create(const Options& options) {
  auto engine = Engine::create(options);
  if (!engine) return failure_of(engine.takeError());
  return std::unique_ptr<Jit>(new Jit(std::move(*engine)));
}

Result<void> Jit::add_module(const std::string& path) { return add_modules({path}); }

Result<void> Jit::add_modules(const std::vector<std::string>& paths) {
  return add_sources(*engine_, paths.front(), [&](std::vector<std::unique_ptr<ModuleSource>>& sources) -> llvm::Error {
    for (const std::string& path : paths) {
      auto source = ModuleSource::load(path);
      if (!source) return source.takeError();
      sources.push_back(std::move(*source));
    }
    return llvm::Error::success();
  });
}

Result<void> Jit::add_module(std::string_view bytes, const std::string& name) {
  return add_sources(*engine_, name, [&](std::vector<std::unique_ptr<ModuleSource>>& sources) -> llvm::Error {
    auto source =
        ModuleSource::from_buffer(llvm::MemoryBuffer::getMemBufferCopy({bytes.data(), bytes.size()}, name), name);
    if (!source) return source.takeError();
    sources.push_back(std::move(*source));
    return llvm::Error::success();
  });
}

Result<void> Jit::load_library(const std::string& path) {
  return result_of(engine_->host().load_library(path, engine_->is_executable()));
}

void Jit::define_symbol(const std::string& name, void* address) { engine_->host().define(name, address); }

Result<void> Jit::run_constructors(int argc, char** argv) {
  return result_of(engine_->modules().run_constructors(argc, argv, environ));
}

Result<void*> Jit::lookup_address(const std::string& name) {
  SignalsHeld held;
  auto address = engine_->modules().lookup(name);
  if (!address) return failure_of(address.takeError());
  return *address;
}

Result<std::string> Jit::signature(const std::string& name) {
  SignalsHeld held;
  auto text = engine_->modules().signature(name);
  if (!text) return failure_of(text.takeError());
  return *text;
}

Stats Jit::stats() const {
  SignalsHeld held;
  return engine_->stats();
}

void Jit::finish_dumps() {
  SignalsHeld held;
  engine_->finish_dumps();
}

void Jit::stop() { engine_->stop(); }

bool more_memory() noexcept { return use_memory_reserve(); }

bool in_compile() noexcept { return inside_guarded_work(); }

void abandon_compile(int signal) noexcept { end_guarded_work(signal); }

} // namespace ajit
