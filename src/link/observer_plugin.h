//===- observer_plugin.h - Tells the observers of each linked object ----------------------------------------------===//
//
// Debuggers read the object file itself, with addresses in its section headers. LLVM's plugin for gdb does the same,
// but serves gdb alone and looks up sections by name, which several can share. This plugin gives each section the
// address of the block that JITLink made from its bytes. That is certain: until memory is allocated, a block's content
// is where it was in the file.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "code_observer.h"
#include "thread_annotations.h"

#include <llvm/ExecutionEngine/Orc/ObjectLinkingLayer.h>

#include <map>

namespace ajit {

/// Borrows the map and the observers. Its passes must run after UnwindPlugin's.
class ObserverPlugin final : public llvm::orc::ObjectLinkingLayer::Plugin {
public:
  ObserverPlugin(const PcMap& map, CodeObservers observers) : map_(map), observers_(std::move(observers)) {}

  void notifyMaterializing(llvm::orc::MaterializationResponsibility& responsibility, llvm::jitlink::LinkGraph& graph,
                           llvm::jitlink::JITLinkContext& context, llvm::MemoryBufferRef object) override;
  void modifyPassConfig(llvm::orc::MaterializationResponsibility& responsibility, llvm::jitlink::LinkGraph& graph,
                        llvm::jitlink::PassConfiguration& passes) override;

  // Observers are not told of removals: code is never unmapped.
  llvm::Error notifyFailed(llvm::orc::MaterializationResponsibility& responsibility) override;
  llvm::Error notifyRemovingResources(llvm::orc::JITDylib&, llvm::orc::ResourceKey) override {
    return llvm::Error::success();
  }
  void notifyTransferringResources(llvm::orc::JITDylib&, llvm::orc::ResourceKey, llvm::orc::ResourceKey) override {}

private:
  const PcMap& map_;
  const CodeObservers observers_;
  Mutex mutex_;
  /// The object files of links that have begun, until modifyPassConfig() takes them.
  std::map<const llvm::orc::MaterializationResponsibility*, llvm::MemoryBufferRef> objects_ AJIT_GUARDED_BY(mutex_);
};

} // namespace ajit
