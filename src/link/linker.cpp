#include "linker.h"
#include "error.h"
#include "slab_memory_manager.h"
#include "unwind_plugin.h"

#include <llvm/ExecutionEngine/Orc/Core.h>
#include <llvm/ExecutionEngine/Orc/ExecutorProcessControl.h>
#include <llvm/ExecutionEngine/Orc/ObjectLinkingLayer.h>
#include <llvm/ExecutionEngine/Orc/TaskDispatch.h>
#include <llvm/Support/MemoryBuffer.h>

using namespace llvm;
using namespace llvm::orc;

namespace ajit {
namespace {

/// What the link in progress on this thread knows about the code in its object. Links complete on the thread that asked.
thread_local const StringMap<CodeLabel>* labels_in_progress = nullptr;

class LabelScope {
public:
  explicit LabelScope(ArrayRef<LinkSymbol> symbols) {
    for (const LinkSymbol& symbol : symbols) labels_[symbol.name] = symbol.label;
    labels_in_progress = &labels_;
  }
  ~LabelScope() { labels_in_progress = nullptr; }
  LabelScope(const LabelScope&) = delete;
  LabelScope& operator=(const LabelScope&) = delete;

private:
  StringMap<CodeLabel> labels_;
};

CodeLabel label_in_progress(StringRef symbol) {
  if (!labels_in_progress) return {};
  auto known = labels_in_progress->find(symbol);
  return known == labels_in_progress->end() ? CodeLabel{} : known->second;
}

class ResolvingGenerator final : public DefinitionGenerator {
public:
  explicit ResolvingGenerator(Linker::Resolve resolve) : resolve_(std::move(resolve)) {}

  Error tryToGenerate(LookupState&, LookupKind, JITDylib& dylib, JITDylibLookupFlags,
                      const SymbolLookupSet& names) override {
    SymbolMap found;
    for (const auto& [name, flags] : names)
      if (void* address = resolve_(*name)) found[name] = {ExecutorAddr::fromPtr(address), JITSymbolFlags::Exported};
    return found.empty() ? Error::success() : dylib.define(absoluteSymbols(std::move(found)));
  }

private:
  Linker::Resolve resolve_;
};

} // namespace

struct Linker::Session {
  Session(std::unique_ptr<ExecutorProcessControl> control, Slab& slab)
      : session(std::move(control)), layer(session, std::make_unique<SlabMemoryManager>(slab)) {}
  ~Session() {
    // Generated code outlives the session: nothing is unmapped while anybody could be in it.
    if (Error error = session.endSession()) consumeError(std::move(error));
  }

  ExecutionSession session;
  ObjectLinkingLayer layer;
  JITDylib* dylib = nullptr;
};

Linker::Linker(std::unique_ptr<Session> session) : session_(std::move(session)) {}

Linker::~Linker() = default;

Expected<std::unique_ptr<Linker>> Linker::create(Slab& slab, PcMap& map, Resolve resolve, const LinkerOptions&) {
  auto control = SelfExecutorProcessControl::Create(std::make_shared<SymbolStringPool>(),
                                                    std::make_unique<InPlaceTaskDispatcher>());
  if (!control) return control.takeError();
  auto session = std::make_unique<Session>(std::move(*control), slab);
  // Every failure is also returned to the caller that waits for it, with the same text.
  session->session.setErrorReporter([](Error error) { consumeError(std::move(error)); });
  session->dylib = &session->session.createBareJITDylib("program");
  session->dylib->addGenerator(std::make_unique<ResolvingGenerator>(std::move(resolve)));
  add_unwind_plugins(session->layer, session->session, map, label_in_progress);
  return std::unique_ptr<Linker>(new Linker(std::move(session)));
}

Expected<std::vector<void*>> Linker::link(std::unique_ptr<MemoryBuffer> object, ArrayRef<LinkSymbol> symbols) {
  JITDylib& dylib = *session_->dylib;
  ResourceTrackerSP tracker = dylib.createResourceTracker();
  if (Error error = session_->layer.add(tracker, std::move(object))) return error;
  LabelScope labels(symbols);
  SymbolLookupSet wanted;
  for (const LinkSymbol& symbol : symbols) wanted.add(session_->session.intern(symbol.name));
  Expected<SymbolMap> found = session_->session.lookup({{&dylib, JITDylibLookupFlags::MatchAllSymbols}}, wanted);
  if (!found) {
    Error error = found.takeError();
    return joinErrors(std::move(error), tracker->remove());
  }
  std::vector<void*> addresses;
  for (const LinkSymbol& symbol : symbols)
    addresses.push_back((*found)[session_->session.intern(symbol.name)].getAddress().toPtr<void*>());
  return addresses;
}

Expected<void*> Linker::lookup(StringRef name) {
  Expected<ExecutorSymbolDef> found =
      session_->session.lookup({{session_->dylib, JITDylibLookupFlags::MatchAllSymbols}},
                               session_->session.intern(name));
  if (!found) return found.takeError();
  return found->getAddress().toPtr<void*>();
}

} // namespace ajit
