// Commands that put the kernel under strain: calls from the timer's handler and
// from the second processor, while tiers are swapped under them.

#include "defs.h"
#include "x86.h"

// Calls from the timer interrupt ------------------------------------------------

static struct {
    struct Job job;
    uint32_t per_tick;
} tick;

// Each tick runs one job of `per_tick` calls, under a checkpoint of its own.
static void tick_hook(void) {
    struct Checkpoint checkpoint;
    checkpoint_enter(&checkpoint);
    if (checkpoint_set(&checkpoint) == 0) {
        for (uint32_t i = 0; i < tick.per_tick; i++) {
            tick.job.last = result_value(&tick.job.call, call_raw(&tick.job.call));
            if (tick.job.last != tick.job.expected)
                tick.job.wrong++;
            tick.job.done++;
        }
    } else {
        tick.job.aborted = true;
        timer_set_hook(NULL);
    }
    checkpoint_leave(&checkpoint);
}

static void tick_report(void) {
    timer_set_hook(NULL);
    if (!tick.job.call.function)
        return;
    kprintf("[TICK] %s: %u calls from the timer's handler, %u wrong%s\n",
            tick.job.call.function->manifest->name, tick.job.done, tick.job.wrong,
            tick.job.aborted ? ", aborted" : "");
}

static void command_tick(int argc, char **argv) {
    if (argc == 1) {
        tick_report();
        return;
    }
    struct Job job = {0};
    tick.per_tick = take_repeat(&argc, argv, 1);
    if (call_prepare(&job.call, argc - 1, argv + 1) < 0)
        return;
    timer_set_hook(NULL);
    if (!call_guarded(&job.call, &job.expected))
        return;
    job.expected = result_value(&job.call, job.expected);
    tick.job = job;
    timer_set_hook(tick_hook);
}

// Calls on the second processor ---------------------------------------------------

static struct Job other;

// Prepares the job without starting it. If results are to be checked, it makes
// a first call on this processor; every other call must return the same.
static bool prepare_other(int argc, char **argv, bool check) {
    if (smp_job_running()) {
        kprintf("the second processor is busy\n");
        return false;
    }
    struct Job job = {.repeat = take_repeat(&argc, argv, 1), .check = check};
    if (call_prepare(&job.call, argc - 1, argv + 1) < 0)
        return false;
    if (check && !call_guarded(&job.call, &job.expected))
        return false;
    job.expected = result_value(&job.call, job.expected);
    other = job;
    return true;
}

static bool start_other(void) {
    if (smp_start_job(&other))
        return true;
    kprintf("there is no second processor; start QEMU with -smp 2\n");
    return false;
}

static void command_other(int argc, char **argv) {
    if (prepare_other(argc, argv, false))
        start_other();
}

static void command_wait(int argc, char **argv) {
    (void)argc, (void)argv;
    while (smp_job_running()) {
        background_work();
        if (console_stop_typed)
            smp_stop_job();
        cpu_relax();
    }
    if (other.call.function)
        print_job("OTHER", &other);
}

// Both processors call one function, which keeps changing tier --------------------

static uint64_t completed_calls(const struct Function *function) {
    uint64_t calls = 0;
    for (unsigned tier = 0; tier < MANIFEST_TIERS; tier++)
        calls += function->versions[tier].stats.calls;
    return calls;
}

// Installs the next tier in turn, frees old code that no call is inside, and
// calls the function.
static void swap_and_call(struct Job *here, unsigned *tier) {
    struct Function *function = here->call.function;
    do
        *tier = (*tier + 1) % MANIFEST_TIERS;
    while (!function->manifest->objects[*tier][0]);
    jit_install(function, *tier);
    function->threshold = 0; // only this code changes the tier
    reclaim_run();
    here->repeat = here->done + 1000;
    job_run(here);
}

// The counters at one moment; two of them give what was added in between.
struct Counters {
    uint64_t counted, completed;
    struct JitCounters jit;
};

// The timer may call the function too; with interrupts off it cannot do so
// between the reads.
static struct Counters counters_of(const struct Function *function) {
    uint32_t flags = interrupts_save();
    struct Counters now = {function_calls(function), completed_calls(function), jit_counters};
    interrupts_restore(flags);
    return now;
}

static void report_stress(const struct Job *here, const struct Counters *before) {
    struct Counters now = counters_of(here->call.function);
    kprintf("[STRESS] %u calls here and %u there, %llu together: %llu counted, %llu completed\n",
            here->done, other.done, (uint64_t)here->done + other.done,
            now.counted - before->counted, now.completed - before->completed);
    kprintf("[STRESS] %u swaps, %u versions reclaimed, %u waiting, %u failures, %u wrong results\n",
            now.jit.swaps - before->jit.swaps, now.jit.reclaimed - before->jit.reclaimed,
            reclaim_waiting(), now.jit.failures - before->jit.failures, here->wrong + other.wrong);
}

static void command_stress(int argc, char **argv) {
    if (!prepare_other(argc, argv, true))
        return;
    struct Job here = {.call = other.call, .check = true, .expected = other.expected};
    struct Counters before = counters_of(here.call.function);
    unsigned tier = here.call.function->current->tier;
    if (!start_other())
        return;
    bool quiet = jit_quiet;
    jit_quiet = true;
    while (smp_job_running() && !here.aborted)
        swap_and_call(&here, &tier);
    reclaim_run();
    jit_quiet = quiet;
    report_stress(&here, &before);
}

// Addresses -----------------------------------------------------------------------

static void command_where(int argc, char **argv) {
    uint64_t address;
    if (argc != 2 || !parse_integer(argv[1], &address)) {
        kprintf("usage: where ADDRESS\n");
        return;
    }
    describe_address((uint32_t)address);
    kprintf("\n");
}

const struct Command test_commands[] = {
    {"tick", "[NAME ARGUMENTS [xN]]", "call from each timer interrupt; alone: stop and report",
     command_tick},
    {"other", "NAME ARGUMENTS [xN]", "call on the second processor", command_other},
    {"wait", "", "wait for the second processor and report; ^C stops it", command_wait},
    {"stress", "NAME ARGUMENTS xN", "N calls there, more here, swapping tiers all the time",
     command_stress},
    {"where", "ADDRESS", "what is at an address", command_where},
    {0},
};
