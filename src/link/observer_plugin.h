//===- observer_plugin.h - Tells the observers of each object that is linked --------------------------------------===//
//
// What debuggers read is the object file itself, with addresses in its section headers; LLVM's plugin for gdb does the
// same, but looks sections up by name, of which there can be several, and knows gdb alone. Here each section's address
// is that of the block that was made from its bytes, which is certain: until memory is allocated, a block's content
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

  // What was observed stays so: code is never unmapped.
  llvm::Error notifyFailed(llvm::orc::MaterializationResponsibility& responsibility) override;
  llvm::Error notifyRemovingResources(llvm::orc::JITDylib&, llvm::orc::ResourceKey) override {
    return llvm::Error::success();
  }
  void notifyTransferringResources(llvm::orc::JITDylib&, llvm::orc::ResourceKey, llvm::orc::ResourceKey) override {}

private:
  const PcMap& map_;
  const CodeObservers observers_;
  Mutex mutex_;
  /// The object files of links that have begun, until their passes are asked for.
  std::map<const llvm::orc::MaterializationResponsibility*, llvm::MemoryBufferRef> objects_ AJIT_GUARDED_BY(mutex_);
};

} // namespace ajit
