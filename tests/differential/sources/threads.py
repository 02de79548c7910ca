"""Threads that run the same functions and the same loops at once.

The programs are those of loops.py with a trail per thread. Each thread runs all
functions in its own order, so several threads at a time make a function's first
call, count it, see it change tier and leave it in mid-loop. The threads share
atomic counters, whose sums do not depend on the order, and a mutex. The program
prints the trails after the join; its output does not depend on timing.
"""
from program import Program
from sources.c_shared import build_flags
from sources.c_types import Text, U32
from sources.c_values import Variable
from sources.loops import LoopProgram

SHARED = """\
#include <pthread.h>
static u64 sum, products = 1;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t start;
static __thread u64 own_calls;
__attribute__((noinline)) static void share(u64 v) {
  own_calls++;
  __atomic_fetch_add(&sum, v & 0xffff, __ATOMIC_RELAXED);
  if ((v & 15) == 0) {
    pthread_mutex_lock(&lock);
    products *= v | 1;
    pthread_mutex_unlock(&lock);
  }
}
"""


class ThreadProgram(LoopProgram):
    """A program of loops whose functions run on several threads."""

    KIND = "threads"
    STORAGE = "static __thread"
    OPENING = SHARED

    def __init__(self, seed):
        super().__init__(seed)
        self.budget = self.dice.choose((20_000, 100_000, 300_000))

    def main(self):
        d, text = self.dice, Text()
        threads = d.choose((2, 3, 4, 8, 16))
        count = len(self.calls)
        for i, (cost, make) in enumerate(self.calls):
            text.open(f"static void run{i}(u32 id)")
            body = self.body(f"run{i}", text, self.budget // 4)
            body.throws, body.calls = False, []
            body.values.variables.append(Variable("id", U32, False))
            body.declare_locals(d.between(2, 4), d.below(2))
            rounds = max(1, min(d.choose((1, 1, 4, 30, 200)), self.budget // (cost * threads)))
            text.line("for (u32 round = 0; round < %d; round++)%s {" % (rounds, " try" if self.cpp else ""))
            body.values.variables.append(Variable("round", U32, False))
            for line in make(body.values) + ["share(trail);"]:
                text.line("  " + line)
            text.line("} catch (u32 e) { mix(e); }" if self.cpp else "}")
            self.end(body, text)
            text = Text()
        text.line(f"static void (*const runs[])(u32) = {{{', '.join(f'run{i}' for i in range(count))}}};")
        text.open("static void *thread(void *given)")
        text.line("u32 id = (u32)(u64)given;")
        text.line("pthread_barrier_wait(&start);")
        # All threads use the same order, or each its own. Either way they meet in the functions.
        text.line(f"for (u32 i = 0; i < {count}; i++) runs[(i{d.choose((' + id', ''))}) % {count}](id);")
        text.line("mix(own_calls);")
        text.line("u64 *result = (u64 *)malloc(sizeof(u64));")
        text.line("*result = trail;")
        text.line("return result;")
        text.close()
        text.open("int main(void)")
        text.line(f"pthread_t threads[{threads}];")
        text.line(f"pthread_barrier_init(&start, 0, {threads});")
        text.line(f"for (u64 i = 0; i < {threads}; i++) pthread_create(&threads[i], 0, thread, (void *)i);")
        text.open(f"for (u32 i = 0; i < {threads}; i++)")
        text.line("void *result;")
        text.line("pthread_join(threads[i], &result);")
        text.line('printf("thread %u %016llx\\n", i, (unsigned long long)*(u64 *)result);')
        text.line("free(result);")
        text.close()
        text.line('printf("%llu %llu\\n", (unsigned long long)sum, (unsigned long long)products);')
        text.line("return 0;")
        text.close()
        self.functions.append(text)


def generate(seed):
    program = ThreadProgram(seed)
    text = program.write()
    return Program("threads", seed, "cpp" if program.cpp else "c", text, flags=build_flags(program.dice))
