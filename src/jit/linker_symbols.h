//===- linker_symbols.h - Names that the linker and crt1.o give every executable ----------------------------------===//
//
// A program may ask where its code and data lie (`etext`, `__data_start`, `end`: collectors and profilers do), for its
// dynamic section, or for its entry point. Nothing in bitcode defines these names. Here they mean the memory of the
// Jit, which holds everything that the modules define, or what the runner has of that kind:
//
//     __executable_start … etext       code (with the ELF header elsewhere: __ehdr_start is the runner's)
//     __data_start … edata … end       data as it is when the name is linked; nothing separates zeroed data, so
//                                      __bss_start and edata are end; large variables are elsewhere (large_data.h)
//     _DYNAMIC, _start                 the runner's
//     __init_array_start … and the like   empty: ajit runs the initialisers
//
// A definition of the program or of a library comes first, as with PROVIDE in a linker's script.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

namespace ajit {

class HostSymbols;
class Slab;

/// Provides these names to the program. Borrows `slab`.
void provide_linker_symbols(HostSymbols& host, const Slab& slab);

} // namespace ajit
