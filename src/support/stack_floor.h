//===- stack_floor.h - Where the stack of a compile is nearly full ------------------------------------------------===//
//
// A recursion of LLVM's that never ends fills its stack, and the fault ends the compile (compile_guard.h). It must not
// come inside the heap: a lock that is held there would stay locked. So the heap looks at the floor before it begins.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <cstddef>
#include <cstdint>

namespace ajit {

/// What the heap needs of a stack, and more.
inline constexpr std::size_t heap_stack_bytes = std::size_t{64} << 10;

/// Below this address the thread's stack has too little room for the heap; 0 on stacks that are not ours.
inline thread_local uintptr_t stack_floor = 0;

} // namespace ajit
