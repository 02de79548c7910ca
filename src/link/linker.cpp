#include "linker.h"
#include "error.h"
#include "more_relocations.h"
#include "observer_plugin.h"
#include "runtime_symbols.h"
#include "slab_memory_manager.h"
#include "unwind_plugin.h"

#include <atomic>
#include <llvm/ExecutionEngine/JITLink/JITLink.h>
#include <llvm/ExecutionEngine/Orc/Core.h>
#include <llvm/ExecutionEngine/Orc/ExecutorProcessControl.h>
#include <llvm/ExecutionEngine/Orc/ObjectFileInterface.h>
#include <llvm/ExecutionEngine/Orc/ObjectLinkingLayer.h>
#include <llvm/ExecutionEngine/Orc/TaskDispatch.h>
#include <llvm/Object/ObjectFile.h>
#include <llvm/Support/SmallVectorMemoryBuffer.h>
#include <utility>

using namespace llvm;
using namespace llvm::orc;

namespace ajit {
namespace {

/// A symbol of an object whose address is wanted, and what the PC map will record about its code.
struct WantedSymbol {
  std::string name;
  CodeLabel label{};
  StringRef shown{}; ///< the name to show to the user; empty: `name`
};

/// What the link in progress on this thread knows about the code in its object, and why it failed. A link completes on
/// the thread that asked for it.
class LinkScope {
public:
  LinkScope(ArrayRef<WantedSymbol> symbols, NotedRelocations relocations) : outer_(current_) {
    if (!relocations.empty()) relocations_ = std::make_shared<NotedRelocations>(std::move(relocations));
    for (const WantedSymbol& symbol : symbols)
      symbols_[symbol.name] = &symbol;
    current_ = this;
  }
  ~LinkScope() { current_ = outer_; }
  LinkScope(const LinkScope&) = delete;
  LinkScope& operator=(const LinkScope&) = delete;

  /// For the end of a link that a jump has skipped: no link is in progress on this thread.
  static void forget() { current_ = nullptr; }

  static KnownCode known_code(StringRef symbol) {
    const WantedSymbol* known = current_ ? current_->symbols_.lookup(symbol) : nullptr;
    return known ? KnownCode(known->label, known->shown) : KnownCode();
  }

  /// What JITLink does not read of the object; null if it reads everything.
  static std::shared_ptr<const NotedRelocations> relocations() { return current_ ? current_->relocations_ : nullptr; }

  /// The session's error reporter. ORC gives it the cause, then an error that symbols could not be materialised. The
  /// lookup returns only the latter.
  static void note(Error error) {
    if (!current_ || error.isA<FailedToMaterialize>()) return consumeError(std::move(error));
    const bool unresolved = error.isA<SymbolsNotFound>();
    Failure cause = failure_of(std::move(error));
    if (unresolved) cause.kind = FailureKind::unresolved;
    if (!current_->cause_)
      current_->cause_ = std::move(cause);
    else
      current_->cause_->text += "; " + cause.text;
  }

  /// The cause of the lookup's `error` if it is known; else `error`.
  Error explain(Error error) {
    if (!cause_) return error;
    consumeError(std::move(error));
    return error_of(std::move(*cause_));
  }

private:
  static thread_local LinkScope* current_;

  LinkScope* const outer_;
  StringMap<const WantedSymbol*> symbols_;
  std::shared_ptr<const NotedRelocations> relocations_;
  std::optional<Failure> cause_;
};

thread_local LinkScope* LinkScope::current_ = nullptr;

/// The symbols of `unit` whose addresses are wanted: those of bodies, in their order, then of tables of labels, then
/// the marker.
std::vector<WantedSymbol> wanted_symbols(const CompiledUnit& unit, ArrayRef<BodyIdentity> identities) {
  const CodeKind kind = unit.kind == UnitKind::continuation ? CodeKind::continuation : CodeKind::body;
  std::vector<WantedSymbol> wanted;
  for (const auto& [body, identity] : zip_equal(unit.bodies, identities))
    if (!body.refusal) wanted.push_back({body.symbol, {identity.id, unit.tier, kind, unit.loop}, identity.name});
  for (const CompiledBody& body : unit.bodies)
    if (!body.label_table.empty()) wanted.push_back({body.label_table});
  if (!unit.marker.empty()) wanted.push_back({unit.marker});
  return wanted;
}

/// Gives call counters their addresses in the link graph. Each body names its own, so as symbols of ORC's they would be
/// looked up once and kept for ever: 1 % of a first call.
class CounterPlugin final : public ObjectLinkingLayer::Plugin {
public:
  explicit CounterPlugin(Linker::Resolve resolve) : resolve_(std::move(resolve)) {}

  void modifyPassConfig(MaterializationResponsibility&, jitlink::LinkGraph&,
                        jitlink::PassConfiguration& passes) override {
    passes.PostPrunePasses.push_back([this](jitlink::LinkGraph& graph) { return place_counters(graph); });
  }
  Error notifyFailed(MaterializationResponsibility&) override { return Error::success(); }
  Error notifyRemovingResources(JITDylib&, ResourceKey) override { return Error::success(); }
  void notifyTransferringResources(JITDylib&, ResourceKey, ResourceKey) override {}

private:
  Error place_counters(jitlink::LinkGraph& graph) const {
    SmallVector<jitlink::Symbol*> counters;
    for (jitlink::Symbol* symbol : graph.external_symbols())
      if (symbol->getName().starts_with(counter_prefix)) counters.push_back(symbol);
    for (jitlink::Symbol* counter : counters)
      if (void* address = resolve_(counter->getName())) graph.makeAbsolute(*counter, ExecutorAddr::fromPtr(address));
    return Error::success(); // one that is left over is reported as missing
  }

  const Linker::Resolve resolve_;
};

/// Handles the relocations that JITLink does not read.
class RelocationPlugin final : public ObjectLinkingLayer::Plugin {
public:
  explicit RelocationPlugin(ThreadLocalPlaces* thread_locals) : thread_locals_(thread_locals) {}

  void modifyPassConfig(MaterializationResponsibility&, jitlink::LinkGraph&,
                        jitlink::PassConfiguration& passes) override {
    if (auto noted = LinkScope::relocations()) add_relocation_passes(std::move(noted), thread_locals_, passes);
  }
  Error notifyFailed(MaterializationResponsibility&) override { return Error::success(); }
  Error notifyRemovingResources(JITDylib&, ResourceKey) override { return Error::success(); }
  void notifyTransferringResources(JITDylib&, ResourceKey, ResourceKey) override {}

private:
  ThreadLocalPlaces* const thread_locals_;
};

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

/// The absolute symbols of `object`, which have a value but lie in no section. JITLink leaves them out of its graphs.
Expected<SymbolMap> absolute_symbols(ExecutionSession& session, MemoryBufferRef object) {
  Expected<std::unique_ptr<object::ObjectFile>> file = object::ObjectFile::createObjectFile(object);
  if (!file) return file.takeError();
  SymbolMap found;
  for (const object::SymbolRef& symbol : (*file)->symbols()) {
    Expected<uint32_t> flags = symbol.getFlags();
    if (!flags) return flags.takeError();
    if (!(*flags & object::SymbolRef::SF_Absolute) || !(*flags & object::SymbolRef::SF_Global)) continue;
    Expected<StringRef> name = symbol.getName();
    if (!name) return name.takeError();
    Expected<uint64_t> value = symbol.getValue();
    if (!value) return value.takeError();
    found[session.intern(*name)] = {ExecutorAddr(*value), JITSymbolFlags::Exported};
  }
  return found;
}

/// Adds `object` to `dylib`, with its absolute symbols, which only module-level assembly makes.
Error add_data(ExecutionSession& session, ObjectLinkingLayer& layer, const ResourceTrackerSP& tracker,
               std::unique_ptr<MemoryBuffer> object) {
  Expected<SymbolMap> absolute = absolute_symbols(session, object->getMemBufferRef());
  if (!absolute) return absolute.takeError();
  Expected<MaterializationUnit::Interface> interface = getObjectFileInterface(session, object->getMemBufferRef());
  if (!interface) return interface.takeError();
  for (const auto& [name, symbol] : *absolute)
    interface->SymbolFlags.erase(name);
  if (!absolute->empty())
    if (Error error = tracker->getJITDylib().define(absoluteSymbols(std::move(*absolute)), tracker)) return error;
  return layer.add(tracker, std::move(object), std::move(*interface));
}

} // namespace

struct Linker::Session {
  Session(std::unique_ptr<ExecutorProcessControl> control, Slab& slab, PcMap& map)
      : map(map), session(std::move(control)), layer(session, std::make_unique<SlabMemoryManager>(slab, &map)) {}
  ~Session() { end(); }

  void end() {
    if (std::exchange(ended, true)) return;
    if (Error error = session.endSession()) consumeError(std::move(error));
  }

  /// Bodies refer to symbols of the program. They share only what every object brings along for itself: the references
  /// to personality functions.
  void make_dylibs(Linker::Resolve resolve) {
    program = &session.createBareJITDylib("program");
    program->addGenerator(std::make_unique<ResolvingGenerator>(std::move(resolve)));
    make_bodies();
  }

  void make_bodies() {
    JITDylib* made = &session.createBareJITDylib("bodies");
    made->setLinkOrder({{program, JITDylibLookupFlags::MatchAllSymbols}, {made, JITDylibLookupFlags::MatchAllSymbols}},
                       /*LinkAgainstThisJITDylibFirst=*/false);
    bodies.store(made, std::memory_order_release);
  }

  PcMap& map;
  ExecutionSession session;
  ObjectLinkingLayer layer;
  bool ended = false;
  JITDylib* program = nullptr;
  std::atomic<JITDylib*> bodies{nullptr};
};

Linker::Linker(std::unique_ptr<Session> session) : session_(std::move(session)) {}

Linker::~Linker() = default;

Expected<std::unique_ptr<Linker>> Linker::create(Slab& slab, PcMap& map, Resolve resolve, CodeObservers observers,
                                                 ThreadLocalPlaces* thread_locals) {
  auto control = SelfExecutorProcessControl::Create(std::make_shared<SymbolStringPool>(),
                                                    std::make_unique<InPlaceTaskDispatcher>());
  if (!control) return control.takeError();
  auto session = std::make_unique<Session>(std::move(*control), slab, map);
  session->session.setErrorReporter(&LinkScope::note);
  session->layer.addPlugin(std::make_shared<CounterPlugin>(resolve));
  session->layer.addPlugin(std::make_shared<RelocationPlugin>(thread_locals));
  session->make_dylibs(std::move(resolve));
  add_unwind_plugins(session->layer, session->session, map, &LinkScope::known_code);
  if (!observers.empty()) session->layer.addPlugin(std::make_shared<ObserverPlugin>(map, std::move(observers)));
  return std::unique_ptr<Linker>(new Linker(std::move(session)));
}

Expected<std::vector<InstalledBody>> Linker::link(CompiledUnit unit, ArrayRef<BodyIdentity> identities) {
  const std::vector<WantedSymbol> symbols = wanted_symbols(unit, identities);
  const bool is_data = unit.kind == UnitKind::data;
  NotedRelocations relocations = note_relocations(unit.object);
  JITDylib& dylib = is_data ? *session_->program : *session_->bodies.load(std::memory_order_acquire);
  auto bytes = std::make_unique<SmallVectorMemoryBuffer>(std::move(unit.object), "unit",
                                                         /*RequiresNullTerminator=*/false);
  ResourceTrackerSP tracker = dylib.createResourceTracker();
  Error refused = is_data ? add_data(session_->session, session_->layer, tracker, std::move(bytes))
                          : session_->layer.add(tracker, std::move(bytes));
  if (refused) return refused;
  LinkScope scope(symbols, std::move(relocations));
  SymbolLookupSet wanted;
  for (const WantedSymbol& symbol : symbols)
    wanted.add(session_->session.intern(symbol.name));
  Expected<SymbolMap> found = session_->session.lookup({{&dylib, JITDylibLookupFlags::MatchAllSymbols}}, wanted);
  if (!found) {
    Error error = scope.explain(found.takeError());
    consumeError(tracker->remove());
    return error;
  }
  auto address = [&](const std::string& symbol) {
    return (*found)[session_->session.intern(symbol)].getAddress().toPtr<void*>();
  };
  auto object = std::make_shared<InstalledObject>(std::move(tracker));
  std::vector<InstalledBody> installed;
  for (const CompiledBody& body : unit.bodies) {
    if (body.refusal) {
      installed.emplace_back();
      continue;
    }
    void* entry = address(body.symbol);
    auto* labels = body.label_table.empty() ? nullptr : static_cast<void* const*>(address(body.label_table));
    installed.emplace_back(object, entry, session_->map.lookup(entry), labels);
  }
  if (!unit.marker.empty()) installed.emplace_back(object, address(unit.marker), nullptr, nullptr);
  return installed;
}

void Linker::abandon_link() {
  LinkScope::forget();
  session_->make_bodies();
}

void Linker::end_session() { session_->end(); }

Expected<void*> Linker::lookup(StringRef name) {
  Expected<ExecutorSymbolDef> found = session_->session.lookup(
      {{session_->program, JITDylibLookupFlags::MatchAllSymbols}}, session_->session.intern(name));
  if (!found) return found.takeError();
  return found->getAddress().toPtr<void*>();
}

Expected<std::vector<void*>> Linker::lookup_all(ArrayRef<std::string> names) {
  SymbolLookupSet wanted;
  std::vector<SymbolStringPtr> interned;
  for (const std::string& name : names) {
    interned.push_back(session_->session.intern(name));
    wanted.add(interned.back(), SymbolLookupFlags::WeaklyReferencedSymbol);
  }
  Expected<SymbolMap> found =
      session_->session.lookup({{session_->program, JITDylibLookupFlags::MatchAllSymbols}}, std::move(wanted));
  if (!found) return found.takeError();
  std::vector<void*> addresses;
  for (const SymbolStringPtr& name : interned)
    addresses.push_back(found->lookup(name).getAddress().toPtr<void*>());
  return addresses;
}

} // namespace ajit
