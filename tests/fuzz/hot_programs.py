"""Small C and C++ programs that are hot: each has many functions, all of which compile threads improve while it runs.

Each prints a checksum. They differ in what else they do while compiles are under way.
"""
import random

HEAD = """
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>
#define NOINLINE __attribute__((noinline))
static unsigned T[1024];
"""

# Each `extra` is (declarations, what every round begins with, what main() begins with).
PLAIN = ("", "", "")

HANDLERS = ("""
static sigjmp_buf back;
static volatile sig_atomic_t mine;
static void on_fault(int number) {
  if (mine) siglongjmp(back, 1);
  static const char text[] = "the program's handler got a fault that is not its own\\n";
  _exit(write(2, text, sizeof text - 1) > 0 ? 77 : 78);
}
static unsigned own_fault(void) {
  unsigned caught = sigsetjmp(back, 1);
  if (!caught) { mine = 1; *(volatile int*)8 = 1; }
  mine = 0;
  return caught;
}
""", "if (round % 4 == 0) sum += own_fault();", """
  struct sigaction action = {0};
  action.sa_handler = on_fault;
  sigaction(SIGSEGV, &action, NULL);
  sigaction(SIGBUS, &action, NULL);
""")

FORKS = ("""
static unsigned run_rounds(int, unsigned);
static unsigned in_child(int round, unsigned sum) {
  int ends[2];
  if (pipe(ends)) abort();
  pid_t child = fork();
  if (child < 0) abort();
  if (!child) {
    unsigned result = run_rounds(3, sum);
    _exit(write(ends[1], &result, sizeof result) != sizeof result);
  }
  unsigned result = 0;
  close(ends[1]);
  if (read(ends[0], &result, sizeof result) != sizeof result) result = 1;
  close(ends[0]);
  int status = 1;
  if (waitpid(child, &status, 0) != child || status) printf("child: %d\\n", status);
  return result + round;
}
""", "if (rounds > 3 && round % 5 == 1) sum += in_child(round, sum);", "")

THREADS = ("""
static unsigned run_rounds(int, unsigned);
static void* in_thread(void* argument) { return (void*)(size_t)run_rounds(2, (unsigned)(size_t)argument); }
static unsigned in_threads(unsigned sum) {
  pthread_t threads[3];
  for (size_t i = 0; i < 3; i++) if (pthread_create(&threads[i], NULL, in_thread, (void*)(sum + i))) abort();
  for (int i = 0; i < 3; i++) { void* result; pthread_join(threads[i], &result); sum += (unsigned)(size_t)result; }
  return sum;
}
""", "if (rounds > 2 && round % 8 == 1) sum = in_threads(sum);", "")

THROWS = ("""
struct Thrown { unsigned value; };
NOINLINE static unsigned may_throw(unsigned x) { if (x % 3 == 0) throw Thrown{x}; return x; }
static unsigned caught(unsigned sum) {
  for (unsigned i = 0; i < 200; i++)
    try { sum += may_throw(sum + i); } catch (const Thrown& thrown) { sum ^= thrown.value; }
  return sum;
}
""", "sum += caught(sum);", "")

KINDS = {"plain": PLAIN, "handlers": HANDLERS, "forks": FORKS, "threads": THREADS, "throws": THROWS}


def function(number, rng):
    """A function that reads a table, branches and loops. Some call functions before it."""
    lines = [f"NOINLINE static unsigned f{number}(unsigned x) {{ unsigned s = x, a = x | 1, b = {rng.randrange(1, 99)};"]
    for _ in range(rng.randrange(2, 7)):
        what = rng.randrange(4)
        k, bits = rng.randrange(1, 999), rng.randrange(1, 20)
        if what == 0:
            lines.append(f"for (unsigned j = 0; j < (a & 7) + 1; j++) {{ s += T[(s + j * {k}) & 1023] * b; a ^= s >> {bits}; }}")
        elif what == 1:
            lines.append(f"if (s & {1 << bits % 8}) b += T[a & 1023]; else s ^= a * {k};")
        elif what == 2:
            lines.append(f"switch (s % 5) {{ case 0: a += {k}; break; case 1: b ^= s; break; case 3: s -= b * {bits}; break; }}")
        elif number and rng.random() < 0.4:
            lines.append(f"if ((s & 15) == {bits & 15}) s += f{rng.randrange(number)}(a);")
        else:
            lines.append(f"for (unsigned j = 0; j < 8; j++) b += (T[(j * {k}) & 1023] ^ s) >> (j & {bits});")
    lines.append("return s ^ a ^ b; }")
    return "\n".join(lines)


def source(kind, rng, functions, rounds):
    """The text of a program that calls each of `functions` functions 400 times in each of `rounds` rounds."""
    declarations, each_round, at_start = KINDS[kind]
    lines = [HEAD, declarations]
    lines += [function(number, rng) for number in range(functions)]
    table = ",".join(f"f{number}" for number in range(functions))
    lines.append(f"static unsigned (*const F[])(unsigned) = {{{table}}};")
    lines.append(f"""
NOINLINE static unsigned run_rounds(int rounds, unsigned sum) {{
  for (int round = 0; round < rounds; round++) {{
    {each_round}
    for (int i = 0; i < {functions}; i++) for (int j = 0; j < 400; j++) sum = sum * 33 + F[i](sum + (unsigned)j);
  }}
  return sum;
}}
int main(void) {{
  {at_start}
  for (unsigned i = 0; i < 1024; i++) T[i] = i * 2654435761u;
  printf("%u\\n", run_rounds({rounds}, 1));
  return 3;
}}""")
    return "\n".join(lines)


def suffix(kind):
    return ".cpp" if kind == "throws" else ".c"
