// Assembly that reaches thread-local variables in each of the ways that the x86-64 ABI has, inline and at module level,
// and that defines some.
#include <pthread.h>
#include <stdio.h>

__thread long counter = 5;
__thread long other __attribute__((tls_model("initial-exec"))) = 7;
__thread long array[4] = {1, 2, 3, 4};
extern __thread int of_assembly;
extern long read_of_assembly(void), read_hidden(void), *address_of_counter(void);
extern const long distance_of_counter;

__asm__(".section .tdata,\"awT\",@progbits\n"
        ".globl of_assembly\n.type of_assembly, @object\n.size of_assembly, 4\n.p2align 2\n"
        "of_assembly: .long 31\n"
        "hidden_there: .long 77\n"
        ".text\n.globl read_of_assembly\n.type read_of_assembly, @function\n"
        "read_of_assembly: movslq %fs:of_assembly@tpoff, %rax\nret\n"
        ".globl read_hidden\n.type read_hidden, @function\n"
        "read_hidden: movq hidden_there@gottpoff(%rip), %rax\nmovslq %fs:(%rax), %rax\nret\n"
        ".globl address_of_counter\n.type address_of_counter, @function\n"
        "address_of_counter: pushq %rax\n.byte 0x66\nleaq counter@tlsgd(%rip), %rdi\n"
        ".word 0x6666\nrex64\ncallq __tls_get_addr@PLT\npopq %rcx\nret\n"
        ".section .rodata\n.p2align 3\n.globl distance_of_counter\ndistance_of_counter: .quad counter@tpoff\n.text\n");

__attribute__((noinline)) static long local_exec(void) {
  long result;
  __asm__ volatile("movq %%fs:counter@tpoff, %0" : "=r"(result));
  return result;
}

__attribute__((noinline)) static long with_offset(void) {
  long result;
  __asm__ volatile("movq %%fs:array@tpoff+16, %0" : "=r"(result));
  return result;
}

__attribute__((noinline)) static long initial_exec(void) {
  long result;
  __asm__ volatile("movq other@gottpoff(%%rip), %0\n\tmovq %%fs:(%0), %0" : "=r"(result));
  return result;
}

__attribute__((noinline)) static long initial_exec_sum(void) {
  long result;
  __asm__ volatile("movq %%fs:0, %0\n\taddq other@gottpoff(%%rip), %0\n\tmovq (%0), %0" : "=r"(result));
  return result;
}

__attribute__((noinline)) static long local_dynamic(void) {
  long result;
  __asm__ volatile("movq %%rsp, %%rbx\n\tsubq $128, %%rsp\n\tandq $-16, %%rsp\n\t"
                   "leaq counter@tlsld(%%rip), %%rdi\n\tcallq __tls_get_addr@PLT\n\t"
                   "movq %%rbx, %%rsp\n\tmovq counter@dtpoff(%%rax), %0"
                   : "=a"(result)
                   :
                   : "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "memory", "cc");
  return result;
}

static void show(const char* who) {
  long* self;
  __asm__("movq %%fs:0, %0" : "=r"(self));
  long* there = (long*)((char*)self + distance_of_counter);
  printf("%s: %ld %ld %ld %ld %ld %ld %ld %d %d %d\n", who, local_exec(), with_offset(), initial_exec(),
         initial_exec_sum(), local_dynamic(), read_of_assembly(), read_hidden(), of_assembly,
         there == &counter, address_of_counter() == &counter);
}

static void* work(void* argument) {
  show("thread");
  for (int i = 0; i < 100; i++)
    counter += local_exec() % 3, other += 2, array[2]++, of_assembly++;
  show("thread");
  return argument;
}

int main(void) {
  counter++;
  other++;
  show("main");
  pthread_t thread;
  pthread_create(&thread, 0, work, 0);
  pthread_join(thread, 0);
  show("main");
}
