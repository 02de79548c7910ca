// Measurements. Interrupts are off while something is timed. Under `-icount
// shift=0,sleep=off`, where one instruction is one nanosecond of virtual time,
// the same image then gives the same cycles in every boot.

#include "defs.h"
#include "x86.h"

#define DEFAULT_REPEAT 10

// Runs the call at one tier; the cycles are those the profiler counts.
static bool measure_tier(struct Job *job, unsigned tier, struct CallStats *measured) {
    struct Function *function = job->call.function;
    if (jit_install(function, tier) < 0)
        return false;
    struct CallStats *stats = &function->versions[tier].stats, before = *stats;
    stats_reset(stats);
    job->done = 0;
    uint32_t flags = interrupts_save();
    job_run(job);
    interrupts_restore(flags);
    *measured = *stats;
    *stats = before; // a measurement is not part of the profile
    return !job->aborted;
}

static void print_measurement(const struct Job *job, unsigned tier, const struct CallStats *stats) {
    kprintf("[BENCH] %s O%u: %llu calls, min %llu, max %llu, avg %llu cycles, result ",
            job->call.function->manifest->name, tier, stats->calls, stats->minimum, stats->maximum,
            stats->calls ? stats->total / stats->calls : 0);
    print_result(&job->call, job->last);
    kprintf("\n");
}

static void bench_tiers(int argc, char **argv) {
    struct CallStats stats;
    struct Job job = {.repeat = take_repeat(&argc, argv, DEFAULT_REPEAT)};
    if (call_prepare(&job.call, argc - 1, argv + 1) < 0)
        return;
    struct Function *function = job.call.function;
    struct Version *before = function->current;
    uint32_t count = function->count, high = function->count_high;
    bool quiet = jit_quiet;
    jit_quiet = true;
    function->threshold = 0; // no change of tier while measuring
    for (unsigned tier = 0; tier < MANIFEST_TIERS; tier++)
        if (function->manifest->objects[tier][0] && measure_tier(&job, tier, &stats))
            print_measurement(&job, tier, &stats);
    if (before)
        jit_install(function, before->tier);
    reclaim_run();
    function->count = count;
    function->count_high = high;
    if (before)
        function_arm(function, before->tier);
    jit_quiet = quiet;
}

// Measures what a call through a stub costs over a direct call.
static void bench_call(int argc, char **argv) {
    struct Call call;
    uint32_t repeat = take_repeat(&argc, argv, 1000);
    if (call_prepare(&call, argc - 2, argv + 2) < 0)
        return;
    const struct Version *version = call.function->current;
    if (!version || repeat == 0)
        return;
    call.function->threshold = 0;
    uint32_t flags = interrupts_save();
    struct Checkpoint checkpoint;
    checkpoint_enter(&checkpoint);
    if (checkpoint_set(&checkpoint) == 0) {
        uint64_t start = rdtsc();
        for (uint32_t i = 0; i < repeat; i++)
            call_at(&call, version->entry);
        uint32_t direct = (uint32_t)(rdtsc() - start) / repeat;
        start = rdtsc();
        for (uint32_t i = 0; i < repeat; i++)
            call_raw(&call);
        uint32_t counted = (uint32_t)(rdtsc() - start) / repeat;
        kprintf("[BENCH] call of %s: direct %u, through the stub %u, so %u cycles for counting, "
                "timing and indirection\n",
                argv[2], direct, counted, counted - direct);
    }
    checkpoint_leave(&checkpoint);
    interrupts_restore(flags);
    function_arm(call.function, call.function->current->tier);
}

static void add_times(struct LoadTimes *sum, const struct LoadTimes *part) {
    sum->bytes += part->bytes;
    sum->read_us += part->read_us;
    sum->check_us += part->check_us;
    sum->link_us += part->link_us;
}

// Loads every function object of the image, from the disk to callable. Each is
// unloaded before the next, outside the timed part.
static void bench_load(void) {
    struct LoadTimes sum = {0};
    struct LoadResult result;
    uint64_t cycles = 0;
    uint32_t objects = 0, failed = 0;
    for (uint32_t i = 0; i < function_count; i++) {
        for (unsigned tier = 0; tier < MANIFEST_TIERS; tier++) {
            if (!function_at(i)->manifest->objects[tier][0])
                continue;
            uint64_t start = rdtsc();
            int status = load_function_object(function_at(i), tier, &result);
            cycles += rdtsc() - start;
            objects++;
            if (status < 0) {
                failed++;
                continue;
            }
            add_times(&sum, &result.times);
            unload_image(&result.image);
        }
    }
    kprintf("[BENCH] load: %u objects, %u failed, %u bytes in %u us: read %u, check %u, link %u\n",
            objects, failed, sum.bytes, (uint32_t)(cycles / tsc_per_microsecond), sum.read_us,
            sum.check_us, sum.link_us);
}

void command_bench(int argc, char **argv) {
    if (argc >= 2 && same_text(argv[1], "load"))
        bench_load();
    else if (argc >= 3 && same_text(argv[1], "call"))
        bench_call(argc, argv);
    else
        bench_tiers(argc, argv);
}
