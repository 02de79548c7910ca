// The tables over what the profiler has counted.

#include "defs.h"

static const char *const state_names[] = {
    [FUNCTION_COLD] = "cold",
    [FUNCTION_QUEUED] = "queued",
    [FUNCTION_LOADING] = "loading",
    [FUNCTION_INSTALLED] = "installed",
    [FUNCTION_FAILED] = "failed",
};

static void add_stats(struct CallStats *sum, const struct CallStats *part) {
    sum->calls += part->calls;
    sum->total += part->total;
    if (part->minimum < sum->minimum) sum->minimum = part->minimum;
    if (part->maximum > sum->maximum) sum->maximum = part->maximum;
}

// Minimum and average of no calls are shown as 0.
static void print_cycles(const struct CallStats *stats) {
    kprintf(" %14llu %10llu %10llu %10llu", stats->total, stats->calls ? stats->minimum : 0,
            stats->maximum, stats->calls ? stats->total / stats->calls : 0);
}

static void print_function(const struct Function *function) {
    struct CallStats all;
    stats_reset(&all);
    for (unsigned tier = 0; tier < MANIFEST_TIERS; tier++) add_stats(&all, &function->versions[tier].stats);
    const struct Version *current = function->current;
    kprintf("%-20s %10llu", function->manifest->name, function_calls(function) - function->saved_calls);
    print_cycles(&all);
    if (current)
        kprintf(" O%u  ", current->tier);
    else
        kprintf(" -   ");
    kprintf(" %-9s %s\n", state_names[function->state], function->hot ? "hot" : "-");
}

void profile_print(void) {
    kprintf("function                  calls   total cycles        min        max        avg tier state     hot\n");
    for (uint32_t i = 0; i < function_count; i++) print_function(function_at(i));
    kprintf("[PROFILE] %u functions, %u requests, %u loads, %u swaps, %u reclaimed, %u waiting, %u failures\n",
            function_count, jit_counters.requests, jit_counters.loads, jit_counters.swaps,
            jit_counters.reclaimed, reclaim_waiting(), jit_counters.failures);
}

static const char *version_state(const struct Version *version) {
    if (version->state == VERSION_CURRENT) return "current";
    if (version->state == VERSION_RETIRED) return "retired";
    return version->function->manifest->objects[version->tier][0] ? "on disk" : "none";
}

void tiers_print(void) {
    kprintf("function             tier state     active      calls   total cycles        min        max        avg  code\n");
    for (uint32_t i = 0; i < function_count; i++) {
        for (unsigned tier = 0; tier < MANIFEST_TIERS; tier++) {
            const struct Version *version = &function_at(i)->versions[tier];
            kprintf("%-20s O%u   %-9s %6u %10llu", version->function->manifest->name, tier,
                    version_state(version), version->active, version->stats.calls);
            print_cycles(&version->stats);
            kprintf(" %5u\n", version->image.blocks[ELF_POOL_CODE].size);
        }
    }
}
