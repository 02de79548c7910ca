// Prints tables of what the profiler has counted.

#include "defs.h"

static const char *const state_names[] = {
    [FUNCTION_COLD] = "cold",       [FUNCTION_QUEUED] = "queued",
    [FUNCTION_LOADING] = "loading", [FUNCTION_INSTALLED] = "installed",
    [FUNCTION_FAILED] = "failed",
};

static void add_stats(struct CallStats *sum, const struct CallStats *part) {
    sum->calls += part->calls;
    sum->total += part->total;
    if (part->minimum < sum->minimum)
        sum->minimum = part->minimum;
    if (part->maximum > sum->maximum)
        sum->maximum = part->maximum;
}

// Shows 0 as the minimum and average of no calls.
static void print_cycles(const struct CallStats *stats) {
    kprintf(" %14llu %10llu %10llu %10llu", stats->total, stats->calls ? stats->minimum : 0,
            stats->maximum, stats->calls ? stats->total / stats->calls : 0);
}

// Calls since boot.
static uint64_t calls_begun(const struct Function *function) {
    return function_calls(function) - function->saved_calls;
}

static void print_function(const struct Function *function) {
    struct CallStats all;
    stats_reset(&all);
    for (unsigned tier = 0; tier < MANIFEST_TIERS; tier++)
        add_stats(&all, &function->versions[tier].stats);
    const struct Version *current = function->current;
    kprintf("%-24s %10llu", function->manifest->name, calls_begun(function));
    print_cycles(&all);
    if (current)
        kprintf(" O%u  ", current->tier);
    else
        kprintf(" -   ");
    kprintf(" %-9s %s\n", state_names[function->state], function_is_hot(function) ? "hot" : "-");
}

static void print_skipped(uint32_t skipped) {
    if (skipped > 0)
        kprintf("and %u functions that have not been called\n", skipped);
}

void profile_print(bool all) {
    uint32_t skipped = 0;
    kprintf("%-24s %10s %14s %10s %10s %10s tier state     hot\n", "function", "calls",
            "total cycles", "min", "max", "avg");
    for (uint32_t i = 0; i < function_count; i++) {
        if (all || calls_begun(function_at(i)) > 0)
            print_function(function_at(i));
        else
            skipped++;
    }
    print_skipped(skipped);
    kprintf("[PROFILE] %u functions, %u requests, %u loads, %u swaps, %u reclaimed, %u waiting, %u "
            "failures\n",
            function_count, jit_counters.requests, jit_counters.loads, jit_counters.swaps,
            jit_counters.reclaimed, reclaim_waiting(), jit_counters.failures);
}

static const char *version_state(const struct Version *version) {
    if (version->state == VERSION_CURRENT)
        return "current";
    if (version->state == VERSION_RETIRED)
        return "retired";
    return version->function->manifest->objects[version->tier][0] ? "on disk" : "none";
}

static void print_versions(const struct Function *function) {
    for (unsigned tier = 0; tier < MANIFEST_TIERS; tier++) {
        const struct Version *version = &function->versions[tier];
        kprintf("%-24s O%u   %-9s %6u %10llu", function->manifest->name, tier,
                version_state(version), version->active, version->stats.calls);
        print_cycles(&version->stats);
        kprintf(" %5u\n", version->spans[ELF_POOL_CODE].size);
    }
}

void tiers_print(bool all) {
    uint32_t skipped = 0;
    kprintf("%-24s tier state     active %10s %14s %10s %10s %10s  code\n", "function", "calls",
            "total cycles", "min", "max", "avg");
    for (uint32_t i = 0; i < function_count; i++) {
        if (all || calls_begun(function_at(i)) > 0)
            print_versions(function_at(i));
        else
            skipped++;
    }
    print_skipped(skipped);
}
