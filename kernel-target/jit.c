// Moves functions from tier to tier.
//
// A call that crosses a threshold only marks its function (jit_crossed), in
// whatever context it runs. The mark is a bit in a bitmap, so requests merge
// and no queue can fill up. The boot processor serves marks when it has nothing
// else to do, the function with the most calls first. It determines which tier
// is due by now, loads that object and publishes it. Meanwhile callers run the
// old tier.
//
// With `sync on` the crossing call itself serves its request before it goes on.
// It leaves the mark for later if it is in an interrupt handler, on the second
// processor, or below a load already in progress.
//
// A refused object leaves everything as it was. The kernel still tries the tier
// after it, at that tier's own threshold.

#include "defs.h"

struct JitCounters jit_counters;
bool jit_synchronous, jit_quiet;

static struct {
    uint32_t *marks; // one bit per function, set by any context, cleared when served
    uint32_t words;
    bool busy; // a request is being served
} jit;

void jit_init(void) {
    jit.words = (function_count + 31) / 32;
    jit.marks = allocate_pages((jit.words + 1) * sizeof *jit.marks);
}

void jit_log(const char *format, ...) {
    if (jit_quiet)
        return;
    va_list arguments;
    va_start(arguments, format);
    kvprintf(format, arguments);
    va_end(arguments);
}

static bool has_object(const struct Function *function, unsigned tier) {
    return function->manifest->objects[tier][0] != 0;
}

// The highest tier that `calls` calls entitle a function to.
static unsigned tier_due(const struct Function *function, uint64_t calls) {
    unsigned due = 0;
    for (unsigned tier = 1; tier < MANIFEST_TIERS; tier++)
        if (has_object(function, tier) && calls >= image_manifest.thresholds[tier - 1])
            due = tier;
    return due;
}

// A call may pass the new threshold before it is stored. Both sides store first
// and then read the other's value, so at least one of them sees the crossing.
// Marking twice does no harm.
void function_arm(struct Function *function, unsigned tier) {
    uint32_t threshold = 0;
    for (unsigned next = MANIFEST_TIERS - 1; next > tier; next--)
        if (has_object(function, next))
            threshold = image_manifest.thresholds[next - 1];
    __atomic_store_n(&function->threshold, threshold, __ATOMIC_SEQ_CST);
    if (threshold != 0 && function_calls(function) >= threshold)
        jit_crossed(function);
}

void jit_crossed(struct Function *function) {
    function->state = FUNCTION_QUEUED;
    __atomic_add_fetch(&jit_counters.requests, 1, __ATOMIC_RELAXED);
    __atomic_or_fetch(&jit.marks[function->index / 32], 1u << (function->index % 32),
                      __ATOMIC_RELEASE);
    const struct Cpu *cpu = this_cpu();
    if (jit_synchronous && cpu->index == 0 && cpu->interrupt_depth == 0 && !jit.busy)
        while (jit_service()) {
        }
}

static bool is_marked(uint32_t index) {
    return __atomic_load_n(&jit.marks[index / 32], __ATOMIC_ACQUIRE) >> (index % 32) & 1;
}

static bool anything_marked(void) {
    for (uint32_t i = 0; i < jit.words; i++)
        if (__atomic_load_n(&jit.marks[i], __ATOMIC_ACQUIRE))
            return true;
    return false;
}

static struct Function *hottest_marked(void) {
    struct Function *hottest = NULL;
    for (uint32_t i = 0; i < function_count; i++) {
        struct Function *function = function_at(i);
        if (is_marked(i) && (!hottest || function_calls(function) > function_calls(hottest)))
            hottest = function;
    }
    return hottest;
}

// Takes effect for the next call that reads the pointer. The exchange does two
// things: it is the release that makes the code visible before its address, and
// the barrier that reclaim.c needs between storing the pointer and reading the
// old count.
static void publish(struct Version *version) {
    struct Function *function = version->function;
    if (version->state == VERSION_RETIRED)
        reclaim_revive(version);
    version->state = VERSION_CURRENT;
    struct Version *old = __atomic_exchange_n(&function->current, version, __ATOMIC_SEQ_CST);
    if (old && old != version) {
        reclaim_retire(old);
        jit_counters.swaps++;
        jit_log("[ATOMIC-SWAP] Code pointer updated to O%u\n", version->tier);
    }
    function->state = FUNCTION_INSTALLED;
    tier_state_dirty = true;
}

static int load_version(struct Version *version, char *reason, uint32_t capacity) {
    struct LoadResult result;
    version->function->state = FUNCTION_LOADING;
    jit_counters.loads++;
    int status = load_function_object(version->function, version->tier, &result);
    if (status < 0) {
        jit_counters.failures++;
        version->function->state = FUNCTION_FAILED;
        uint32_t length = strlen(result.reason) < capacity ? strlen(result.reason) : capacity - 1;
        memcpy(reason, result.reason, length);
        reason[length] = 0;
        return status;
    }
    version_keep(version, &result);
    smp_synchronise_code();
    return 0;
}

static void report_failure(const struct Function *function, unsigned tier, const char *reason) {
    const struct Version *current = function->current;
    if (current)
        kprintf("[FAILED] %s: O%u -> O%u: %s; O%u stays in use\n", function->manifest->name,
                current->tier, tier, reason, current->tier);
    else
        kprintf("[FAILED] %s: O%u: %s\n", function->manifest->name, tier, reason);
}

static int load_and_publish(struct Function *function, unsigned tier) {
    char reason[256];
    struct Version *version = &function->versions[tier];
    if (version->state == VERSION_CURRENT) {
        function->state = FUNCTION_INSTALLED;
        return 0;
    }
    if (version->state == VERSION_ABSENT && load_version(version, reason, sizeof reason) < 0) {
        report_failure(function, tier, reason);
        return -1;
    }
    publish(version);
    return 0;
}

int jit_install(struct Function *function, unsigned tier) {
    struct Cpu *cpu = this_cpu();
    if (!has_object(function, tier)) {
        kprintf("[FAILED] %s: the image has no object for O%u\n", function->manifest->name, tier);
        return -1;
    }
    // Neither an abort nor a second load may come in between.
    bool was_busy = jit.busy;
    jit.busy = true;
    cpu->kernel_depth++;
    int status = load_and_publish(function, tier);
    cpu->kernel_depth--;
    jit.busy = was_busy;
    return status;
}

static void serve(struct Function *function) {
    const struct Version *current = function->current;
    unsigned from = current ? current->tier : 0;
    unsigned due = tier_due(function, function_calls(function));
    if (current && due <= from) {
        function->state = FUNCTION_INSTALLED;
        function_arm(function, from);
        return;
    }
    jit_log("[RECOMPILE] %s: O%u -> O%u\n", function->manifest->name, from, due);
    jit_install(function, due);
    function_arm(function, due); // after a refusal too: the next tier may be sound
}

bool jit_service(void) {
    if (!anything_marked())
        return false;
    struct Function *function = hottest_marked();
    __atomic_and_fetch(&jit.marks[function->index / 32], ~(1u << (function->index % 32)),
                       __ATOMIC_ACQ_REL);
    serve(function);
    reclaim_run();
    return true;
}
