//===- link_runtime_entry_test.cpp - What the runtime leaves in registers -----------------------------------------===//
#include "runtime_entry.h"

#include <cfenv>
#include <cstdint>
#include <gtest/gtest.h>
#include <xmmintrin.h>

namespace ajit {
namespace {

TEST(RuntimeEntry, ClearsVectorRegistersAndKeepsTheRoundingMode) {
  const unsigned control = _mm_getcsr();
  _mm_setcsr(control | _MM_ROUND_UP);
  uint64_t low = 1, high = 1;
  // A call between two statements could change the registers, so the three stand in one.
  asm volatile("subq $256, %%rsp\n\t" // past the red zone, and aligned below
               "movq %%rsp, %%rbx\n\t"
               "andq $-64, %%rsp\n\t"
               "pcmpeqd %%xmm9, %%xmm9\n\t"
               "callq *%[clear]\n\t"
               "movq %%rbx, %%rsp\n\t"
               "addq $256, %%rsp\n\t"
               "movq %%xmm9, %[low]\n\t"
               "psrldq $8, %%xmm9\n\t"
               "movq %%xmm9, %[high]"
               : [low] "=&r"(low), [high] "=&r"(high)
               : [clear] "r"(&clear_vector_registers)
               : "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "xmm0", "xmm1", "xmm2", "xmm3",
                 "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15",
                 "memory", "cc");
  EXPECT_EQ(low, 0);
  EXPECT_EQ(high, 0);
  EXPECT_EQ(_mm_getcsr() & _MM_ROUND_MASK, unsigned{_MM_ROUND_UP});
  _mm_setcsr(control);
}

} // namespace
} // namespace ajit
