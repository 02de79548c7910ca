//===- more_relocations.h - Relocations that JITLink does not read ------------------------------------------------===//
//
// Problem: JITLink refuses an object that has a relocation it does not know. It knows none for thread-local variables
// at a fixed distance from the thread pointer, which is how an executable reaches its own, and lacks some that only
// assembly uses: sizes, offsets of PLT entries.
//
// Approach: before JITLink reads the object, note each such relocation and give the object a plain one of 64 bits in
// its place, marked by its addend. JITLink keeps that with its symbol. A pass over the link graph finds the marks and
// gives these edges what was noted, in terms of the kinds of edges that JITLink has:
//
//     S@tpoff, S@dtpoff, S@size     the value itself, as the address of an absolute symbol
//     S@gottpoff                    an entry of the GOT with such a symbol
//     S@tlsgd, S@tlsld              the distance from the argument of __tls_get_addr, which is in the slab
//     S@pltoff                      the distance of S from the GOT: stubs make PLT entries of functions unnecessary
//     a distance of 16 bits         the distance, as the address of an absolute symbol
//
// An object that measures from the GOT and has no entry in it gets a GOT, as JITLink makes none.
//
// The values of variables that the object itself defines, and distances, are known when all addresses are. Then the
// pass takes the object's block of thread-local variables together, with its initial values, and has it defined.
//
// Rejected: a reader of objects of our own (JITLink's does all the rest); TLS descriptors for all accesses (a call
// where an executable has none).
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "thread_local_places.h"

#include <llvm/ADT/ArrayRef.h>
#include <llvm/ExecutionEngine/JITLink/JITLink.h>
#include <memory>

namespace ajit {

/// What a graph's passes need to know about the object that the graph comes from.
struct NotedRelocations {
  struct Relocation {
    uint32_t type; ///< R_X86_64_…
    int64_t addend;
  };
  std::vector<Relocation> relocations;
  std::vector<std::string> thread_local_sections;
  bool measures_from_got = false; ///< the object needs a GOT, even one without entries

  bool empty() const { return relocations.empty() && thread_local_sections.empty() && !measures_from_got; }
};

/// Notes the relocations of `object`, an ELF file of our code generator, that JITLink does not know, and replaces them.
NotedRelocations note_relocations(llvm::MutableArrayRef<char> object);

/// Adds the passes to the configuration of the graph's link. `places` outlives the link; if it is null, the object may
/// have no thread-local variables.
void add_relocation_passes(std::shared_ptr<const NotedRelocations> noted, ThreadLocalPlaces* places,
                           llvm::jitlink::PassConfiguration& passes);

} // namespace ajit
