#include "linker.h"
#include "error.h"
#include "observer_plugin.h"
#include "slab_memory_manager.h"
#include "unwind_plugin.h"

#include <llvm/ExecutionEngine/Orc/Core.h>
#include <llvm/ExecutionEngine/Orc/ExecutorProcessControl.h>
#include <llvm/ExecutionEngine/Orc/ObjectFileInterface.h>
#include <llvm/ExecutionEngine/Orc/ObjectLinkingLayer.h>
#include <llvm/ExecutionEngine/Orc/TaskDispatch.h>
#include <llvm/Object/ObjectFile.h>
#include <llvm/Support/MemoryBuffer.h>

using namespace llvm;
using namespace llvm::orc;

namespace ajit {
namespace {

/// What the link in progress on this thread knows about the code in its object, and why it failed. Links complete on
/// the thread that asked.
class LinkScope {
public:
  explicit LinkScope(ArrayRef<LinkSymbol> symbols) : outer_(current_) {
    for (const LinkSymbol& symbol : symbols)
      symbols_[symbol.name] = &symbol;
    current_ = this;
  }
  ~LinkScope() { current_ = outer_; }
  LinkScope(const LinkScope&) = delete;
  LinkScope& operator=(const LinkScope&) = delete;

  static KnownCode known_code(StringRef symbol) {
    const LinkSymbol* known = current_ ? current_->symbols_.lookup(symbol) : nullptr;
    return known ? KnownCode(known->label, known->shown) : KnownCode();
  }

  /// The session's error reporter. It hears the cause, then that symbols could not be materialised; the thread that
  /// waits for them is told the latter alone.
  static void note(Error error) {
    if (!current_ || error.isA<FailedToMaterialize>()) return consumeError(std::move(error));
    if (!current_->cause_.empty()) current_->cause_ += "; ";
    current_->cause_ += one_line(std::move(error));
  }

  /// `error` of the lookup, or what caused it if that is known.
  Error explain(Error error) {
    if (cause_.empty()) return error;
    consumeError(std::move(error));
    return make_error("{}", cause_);
  }

private:
  static thread_local LinkScope* current_;

  LinkScope* const outer_;
  StringMap<const LinkSymbol*> symbols_;
  std::string cause_;
};

thread_local LinkScope* LinkScope::current_ = nullptr;

class ResolvingGenerator final : public DefinitionGenerator {
public:
  explicit ResolvingGenerator(Linker::Resolve resolve) : resolve_(std::move(resolve)) {}

  Error tryToGenerate(LookupState&, LookupKind, JITDylib& dylib, JITDylibLookupFlags,
                      const SymbolLookupSet& names) override {
    SymbolMap found;
    SymbolAliasMap others;
    for (const auto& [name, flags] : names) {
      Definition definition = resolve_(*name);
      if (definition.address)
        found[name] = {ExecutorAddr::fromPtr(definition.address), JITSymbolFlags::Exported};
      else if (!definition.same_as.empty())
        others[name] = {dylib.getExecutionSession().intern(definition.same_as), JITSymbolFlags::Exported};
    }
    if (!others.empty())
      if (Error error = dylib.define(symbolAliases(std::move(others)))) return error;
    return found.empty() ? Error::success() : dylib.define(absoluteSymbols(std::move(found)));
  }

private:
  Linker::Resolve resolve_;
};

/// The symbols of `object` that have a value and no place. JITLink leaves them out of its graphs.
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
  Session(std::unique_ptr<ExecutorProcessControl> control, Slab& slab)
      : session(std::move(control)), layer(session, std::make_unique<SlabMemoryManager>(slab)) {}
  ~Session() {
    // Generated code outlives the session: nothing is unmapped while anybody could be in it.
    if (Error error = session.endSession()) consumeError(std::move(error));
  }

  /// What bodies refer to is the program's. Only what every object brings along for itself, the references to
  /// personality functions, is shared among them.
  void make_dylibs(Linker::Resolve resolve) {
    program = &session.createBareJITDylib("program");
    program->addGenerator(std::make_unique<ResolvingGenerator>(std::move(resolve)));
    bodies = &session.createBareJITDylib("bodies");
    bodies->setLinkOrder(
        {{program, JITDylibLookupFlags::MatchAllSymbols}, {bodies, JITDylibLookupFlags::MatchAllSymbols}},
        /*LinkAgainstThisJITDylibFirst=*/false);
  }

  ExecutionSession session;
  ObjectLinkingLayer layer;
  JITDylib* program = nullptr;
  JITDylib* bodies = nullptr;
};

Linker::Linker(std::unique_ptr<Session> session) : session_(std::move(session)) {}

Linker::~Linker() = default;

Expected<std::unique_ptr<Linker>> Linker::create(Slab& slab, PcMap& map, Resolve resolve, CodeObservers observers) {
  auto control = SelfExecutorProcessControl::Create(std::make_shared<SymbolStringPool>(),
                                                    std::make_unique<InPlaceTaskDispatcher>());
  if (!control) return control.takeError();
  auto session = std::make_unique<Session>(std::move(*control), slab);
  session->session.setErrorReporter(&LinkScope::note);
  session->make_dylibs(std::move(resolve));
  add_unwind_plugins(session->layer, session->session, map, &LinkScope::known_code);
  if (!observers.empty()) session->layer.addPlugin(std::make_shared<ObserverPlugin>(map, std::move(observers)));
  return std::unique_ptr<Linker>(new Linker(std::move(session)));
}

Expected<std::vector<void*>> Linker::link(ObjectKind kind, std::unique_ptr<MemoryBuffer> object,
                                          ArrayRef<LinkSymbol> symbols) {
  JITDylib& dylib = kind == ObjectKind::data ? *session_->program : *session_->bodies;
  ResourceTrackerSP tracker = dylib.createResourceTracker();
  Error refused = kind == ObjectKind::data ? add_data(session_->session, session_->layer, tracker, std::move(object))
                                           : session_->layer.add(tracker, std::move(object));
  if (refused) return refused;
  LinkScope scope(symbols);
  SymbolLookupSet wanted;
  for (const LinkSymbol& symbol : symbols)
    wanted.add(session_->session.intern(symbol.name));
  Expected<SymbolMap> found = session_->session.lookup({{&dylib, JITDylibLookupFlags::MatchAllSymbols}}, wanted);
  if (!found) {
    Error error = scope.explain(found.takeError());
    consumeError(tracker->remove());
    return error;
  }
  std::vector<void*> addresses;
  for (const LinkSymbol& symbol : symbols)
    addresses.push_back((*found)[session_->session.intern(symbol.name)].getAddress().toPtr<void*>());
  return addresses;
}

Expected<void*> Linker::lookup(StringRef name) {
  Expected<ExecutorSymbolDef> found = session_->session.lookup(
      {{session_->program, JITDylibLookupFlags::MatchAllSymbols}}, session_->session.intern(name));
  if (!found) return found.takeError();
  return found->getAddress().toPtr<void*>();
}

} // namespace ajit
