//===- unwind_plugin.h - Enters each linked object's functions in the PC map -------------------------------------===//
//
// Runs on the link graph when the fixups are done, while the code cannot be called yet. By then JITLink has split
// .eh_frame into one block per record, with an edge from each FDE to the function it describes. The records lie at
// their final addresses, each the stated distance from its CIE. So the plugin has to parse only an FDE's length field.
// Every function gets an entry, with its FDE if it has one. JITLink's jumps to functions outside the slab share one
// entry per object.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "pc_map.h"

#include <llvm/ADT/StringRef.h>
#include <llvm/ExecutionEngine/Orc/ObjectLinkingLayer.h>

#include <functional>

namespace ajit {

/// What the PC map records about a function.
struct KnownCode {
  KnownCode(CodeLabel label = {}, llvm::StringRef name = {}) : label(label), name(name) {}

  CodeLabel label;
  llvm::StringRef name; ///< to show to the user; empty: its symbol
};

/// Says what a function is, given its name in the object. Called from any linking thread, concurrently.
using LabelCode = std::function<KnownCode(llvm::StringRef symbol)>;

/// Enters the functions of a graph whose fixups are applied in `map`.
llvm::Error register_code(llvm::jitlink::LinkGraph& graph, PcMap& map, const LabelCode& label);

/// Does that for each object of an ObjectLinkingLayer. Borrows the map.
class UnwindPlugin final : public llvm::orc::ObjectLinkingLayer::Plugin {
public:
  UnwindPlugin(PcMap& map, LabelCode label) : map_(map), label_(std::move(label)) {}

  void modifyPassConfig(llvm::orc::MaterializationResponsibility& responsibility, llvm::jitlink::LinkGraph& graph,
                        llvm::jitlink::PassConfiguration& passes) override;

  // Entries of a failed link are harmless: no code executes there, and the entries of later code in the same memory
  // replace them. The memory manager removes the entries of freed code.
  llvm::Error notifyFailed(llvm::orc::MaterializationResponsibility&) override { return llvm::Error::success(); }
  llvm::Error notifyRemovingResources(llvm::orc::JITDylib&, llvm::orc::ResourceKey) override {
    return llvm::Error::success();
  }
  void notifyTransferringResources(llvm::orc::JITDylib&, llvm::orc::ResourceKey, llvm::orc::ResourceKey) override {}

private:
  PcMap& map_;
  const LabelCode label_;
};

/// Adds the plugin to `layer`. Adds LLVM's registration with the unwinder too, unless the unwinder asks ajit.
void add_unwind_plugins(llvm::orc::ObjectLinkingLayer& layer, llvm::orc::ExecutionSession& session, PcMap& map,
                        LabelCode label);

} // namespace ajit
