#include "jit.h"
#include "compile_guard.h"
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
  SignalsHeld held;
  std::vector<std::unique_ptr<ModuleSource>> sources;
  for (const std::string& path : paths) {
    auto source = ModuleSource::load(path);
    if (!source) return failure_of(source.takeError());
    sources.push_back(std::move(*source));
  }
  auto source = ModuleSource::link(std::move(sources));
  if (!source) return failure_of(source.takeError());
  return result_of(engine_->modules().add(std::move(*source)));
}

Result<void> Jit::add_module(std::string_view bytes, const std::string& name) {
  SignalsHeld held;
  auto source =
      ModuleSource::from_buffer(llvm::MemoryBuffer::getMemBufferCopy({bytes.data(), bytes.size()}, name), name);
  if (!source) return failure_of(source.takeError());
  return result_of(engine_->modules().add(std::move(*source)));
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

bool in_compile() noexcept { return inside_guarded_work(); }

void abandon_compile(int signal) noexcept { end_guarded_work(signal); }

} // namespace ajit
