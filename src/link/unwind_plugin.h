//===- unwind_plugin.h - Enters each linked object's functions in the PC map -------------------------------------===//
//
// Runs on the link graph when the fixups are done, while the code cannot be called yet. JITLink has split .eh_frame
// into one block per record by then, with an edge from each FDE to the function it describes, and the records lie at
// their final addresses, each the stated distance from its CIE; so nothing has to be parsed but an FDE's length field.
// Every function gets an entry, with its FDE if it has one; the jumps to functions outside the slab that JITLink made
// get one entry for all of them.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "pc_map.h"

#include <llvm/ADT/StringRef.h>
#include <llvm/ExecutionEngine/Orc/ObjectLinkingLayer.h>

#include <functional>

namespace ajit {

/// What is to be known of a function.
struct KnownCode {
  KnownCode(CodeLabel label = {}, llvm::StringRef name = {}) : label(label), name(name) {}

  CodeLabel label;
  llvm::StringRef name; ///< for people; empty: its symbol
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

  // Entries of a link that failed, or of code that was removed, are harmless: nothing executes there, and if the
  // memory is used again the new code's entries replace them.
  llvm::Error notifyFailed(llvm::orc::MaterializationResponsibility&) override { return llvm::Error::success(); }
  llvm::Error notifyRemovingResources(llvm::orc::JITDylib&, llvm::orc::ResourceKey) override {
    return llvm::Error::success();
  }
  void notifyTransferringResources(llvm::orc::JITDylib&, llvm::orc::ResourceKey, llvm::orc::ResourceKey) override {}

private:
  PcMap& map_;
  const LabelCode label_;
};

/// Adds the plugin to `layer`, and LLVM's registration with the unwinder if the unwinder does not ask us.
void add_unwind_plugins(llvm::orc::ObjectLinkingLayer& layer, llvm::orc::ExecutionSession& session, PcMap& map,
                        LabelCode label);

} // namespace ajit
