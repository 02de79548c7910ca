// Names that look like those that the runner, its units and its passes use: for
// functions, variables, aliases and symbols of assembly, local and global. The
// program finds each where it put it.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>

#define NAMED(name) __asm__(name)

int osr NAMED("__ajit_osr") = 1;
int counters NAMED("__ajit_counters") = 2;
int counter_of_f NAMED("__ajit_counter$f") = 3;
int counter_of_main NAMED("ajit_counter$main") = 4;
int data_marker NAMED("__ajit_data$0") = 5;
int label_table NAMED("osr.labels") = 6;
int stamp NAMED("ajit.stamp") = 7;
int around NAMED("f$around") = 8;
int pinned NAMED("f$pinned") = 9;
int labels NAMED("f$O0$labels") = 10;
int tls_argument NAMED("__ajit_tls$t") = 11;
static int local NAMED("f$O1$loop0") = 12;
__thread int t = 13;

int request(int x) NAMED("__ajit_osr_request");
int request(int x) { return x + 100; }
int poll(int x) NAMED("ajit.osr.poll");
int poll(int x) { return x + 101; }
int leave(int x) NAMED("ajit.osr.leave.f$O1");
int leave(int x) { return x + 102; }
int label(int x) NAMED("__ajit_label");
int label(int x) { return x + 103; }
int labels_of_f(int x) NAMED("__ajit_labels$f");
int labels_of_f(int x) { return x + 104; }
int tls_of(int x) NAMED("__ajit_tls_of$t");
int tls_of(int x) { return x + 105; }
int body(int x) NAMED("f$O1");
int body(int x) { return x + 106; }
int inlined(int x) NAMED("f$O1$loop0.inlined");
int inlined(int x) { return x + 107; }
int local_of_another(int x) NAMED("helper$0");
int local_of_another(int x) { return x + 108; }
__attribute__((noinline)) static int helper(int x) { return x + 109; }
int prefixed(int x) NAMED("ajit_compile");
int prefixed(int x) { return x + 110; }
int second_name(int x) NAMED("__ajit_alias") __attribute__((alias("__ajit_osr_request")));

__asm__(".text\n.globl __ajit_from_assembly\n.type __ajit_from_assembly,@function\n"
        "__ajit_from_assembly:\n\tleal 111(%rdi), %eax\n\tret\n");
int from_assembly(int x) NAMED("__ajit_from_assembly");

__attribute__((section("ajit_section"))) int in_section = 14;
extern int section_start NAMED("__start_ajit_section");

__attribute__((noinline)) static int sum(int x) {
  return osr + counters + counter_of_f + counter_of_main + data_marker + label_table + stamp + around + pinned + labels +
         tls_argument + local + t + section_start + request(x) + poll(x) + leave(x) + label(x) + labels_of_f(x) +
         tls_of(x) + body(x) + inlined(x) + local_of_another(x) + helper(x) + prefixed(x) + second_name(x) +
         from_assembly(x);
}

int f(int x) {
  static const void *const table[] = {&&even, &&odd};
  int all = 0;
  for (int i = 0; i < x; i++) {
    goto *table[i & 1];
  even:
    all += sum(i);
    continue;
  odd:
    all ^= sum(all & 7);
  }
  return all;
}

int main(void) {
  int all = 0;
  for (int i = 0; i < 300; i++)
    all = all * 31 + f(i);
  printf("%d\n", all);
  static const char *const names[] = {"__ajit_osr", "__ajit_counters", "__ajit_counter$f", "__ajit_osr_request",
                                      "ajit.osr.poll", "ajit.osr.leave.f$O1", "__ajit_label", "__ajit_alias",
                                      "__ajit_from_assembly", "f$O1", "helper$0", "osr.labels", "__ajit_data$0",
                                      "ajit!osr", "ajit!osr_request", "ajit!data$0"};
  for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
    printf("%s %d\n", names[i], dlsym(RTLD_DEFAULT, names[i]) != NULL);
  printf("%d %d\n", dlsym(RTLD_DEFAULT, "__ajit_osr") == &osr, ((int (*)(int))dlsym(RTLD_DEFAULT, "ajit.osr.poll"))(1));
}
