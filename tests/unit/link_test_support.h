//===- link_test_support.h - Links an object into a slab, and reads /proc/self/maps ------------------------------===//
#pragma once

#include "compiled_unit.h"
#include "error.h"
#include "pc_map.h"
#include "slab.h"
#include "slab_memory_manager.h"
#include "unwind_plugin.h"

#include <gtest/gtest.h>
#include <llvm/ExecutionEngine/JITLink/JITLink.h>
#include <llvm/ExecutionEngine/Orc/Shared/ExecutorSymbolDef.h>
#include <llvm/Support/MemoryBuffer.h>

#include <cstdlib>
#include <dlfcn.h>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace ajit::test {

/// The value. On an error it prints the text and ends the test program.
template <typename T> T must(llvm::Expected<T> value) {
  if (value) return std::move(*value);
  ADD_FAILURE() << one_line(value.takeError());
  std::abort();
}

inline void must(llvm::Error error) {
  if (error) FAIL() << one_line(std::move(error));
}

/// The error's text, or "" if there is a value.
template <typename T> std::string error_of(llvm::Expected<T> value) {
  return value ? std::string() : one_line(value.takeError());
}

using Symbols = std::map<std::string, void*>;

/// The allocations that are linked and not yet freed.
inline std::vector<llvm::jitlink::JITLinkMemoryManager::FinalizedAlloc>& linked_allocations() {
  static auto* all = new std::vector<llvm::jitlink::JITLinkMemoryManager::FinalizedAlloc>();
  return *all;
}

/// Links one object. Its undefined symbols are looked up in the process.
class LinkContext final : public llvm::jitlink::JITLinkContext {
public:
  LinkContext(SlabMemoryManager& memory, PcMap* map, Symbols& symbols, std::string& failure)
      : JITLinkContext(nullptr), memory_(memory), map_(map), symbols_(symbols), failure_(failure) {}

  llvm::jitlink::JITLinkMemoryManager& getMemoryManager() override { return memory_; }
  void notifyFailed(llvm::Error error) override { failure_ = one_line(std::move(error)); }

  void lookup(const LookupMap& wanted, std::unique_ptr<llvm::jitlink::JITLinkAsyncLookupContinuation> found) override {
    llvm::jitlink::AsyncLookupResult result;
    for (const auto& [name, flags] : wanted) {
      void* address = dlsym(RTLD_DEFAULT, name.str().c_str());
      if (!address) return found->run(make_error("no symbol {}", name.str()));
      result[name] = {llvm::orc::ExecutorAddr::fromPtr(address), llvm::JITSymbolFlags::Exported};
    }
    found->run(std::move(result));
  }

  llvm::Error notifyResolved(llvm::jitlink::LinkGraph& graph) override {
    for (auto* symbol : graph.defined_symbols())
      if (symbol->hasName()) symbols_[symbol->getName().str()] = symbol->getAddress().toPtr<void*>();
    return llvm::Error::success();
  }

  void notifyFinalized(llvm::jitlink::JITLinkMemoryManager::FinalizedAlloc allocation) override {
    linked_allocations().push_back(std::move(allocation));
  }

  llvm::jitlink::LinkGraphPassFunction getMarkLivePass(const llvm::Triple&) const override {
    return llvm::jitlink::markAllSymbolsLive;
  }

  llvm::Error modifyPassConfig(llvm::jitlink::LinkGraph&, llvm::jitlink::PassConfiguration& passes) override {
    if (map_)
      passes.PostFixupPasses.push_back([map = map_](llvm::jitlink::LinkGraph& graph) {
        return register_code(graph, *map, [](llvm::StringRef) { return CodeLabel{.kind = CodeKind::body}; });
      });
    return llvm::Error::success();
  }

private:
  SlabMemoryManager& memory_;
  PcMap* map_;
  Symbols& symbols_;
  std::string& failure_;
};

/// The object compiled from link_test_object.cpp.
inline const llvm::MemoryBuffer& test_object() {
  static const auto buffer =
      llvm::cantFail(llvm::errorOrToExpected(llvm::MemoryBuffer::getFile(AJIT_LINK_TEST_OBJECT)));
  return *buffer;
}

/// The same object as a compiled unit whose bodies are `functions`.
inline CompiledUnit unit_of_test_object(const std::vector<std::string>& functions, Tier tier = Tier::O0) {
  CompiledUnit unit;
  unit.tier = tier;
  for (const std::string& function : functions) {
    CompiledBody& body = unit.bodies.emplace_back();
    body.function = body.symbol = function;
  }
  unit.object.assign(test_object().getBufferStart(), test_object().getBufferEnd());
  return unit;
}

/// Where the graph's symbols are after linking it into the slab. `map` may be null.
inline llvm::Expected<Symbols> link(std::unique_ptr<llvm::jitlink::LinkGraph> graph, Slab& slab, PcMap* map) {
  SlabMemoryManager memory(slab);
  Symbols symbols;
  std::string failure;
  llvm::jitlink::link(std::move(graph), std::make_unique<LinkContext>(memory, map, symbols, failure));
  if (!failure.empty()) return make_error(failure);
  return symbols;
}

inline Symbols link_test_object(Slab& slab, PcMap* map) {
  return must(link(must(llvm::jitlink::createLinkGraphFromObject(test_object().getMemBufferRef())), slab, map));
}

template <typename Signature> Signature* function(const Symbols& symbols, const std::string& name) {
  return reinterpret_cast<Signature*>(symbols.at(name));
}

/// A line of /proc/self/maps.
struct Mapping {
  uintptr_t start = 0;
  uintptr_t end = 0;
  std::string protection;
  std::string rest;
};

inline std::vector<Mapping> mappings() {
  std::vector<Mapping> result;
  std::ifstream file("/proc/self/maps");
  for (std::string line; std::getline(file, line);) {
    Mapping mapping;
    char protection[8] = {};
    if (sscanf(line.c_str(), "%lx-%lx %7s", &mapping.start, &mapping.end, protection) != 3) continue;
    mapping.protection = protection;
    mapping.rest = line;
    result.push_back(mapping);
  }
  return result;
}

} // namespace ajit::test
