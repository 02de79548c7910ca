// The path of every call of a loaded function, and the profile that it leaves.
//
// A caller enters the function's stub, which jumps to profile_entry, which
// calls profile_enter(). That counts the call, swaps the return address for
// profile_return, pins the version that the code pointer names and notes the
// time. The code runs as if called directly. Its `ret` leads to
// profile_leave(), which records the time taken, unpins the version and gives
// the real return address back.
//
// The real return addresses are on a shadow stack, one per processor, because
// the stack holds arguments where a frame of ours would have to be. Interrupts
// use the shadow stack of the processor they arrive on and leave it as they
// found it. So a frame is safe from them once `shadow_top` is past it, and
// reserving one needs no atomic operation. A frame has a null version if it is
// not in use, or if its version is still to be chosen.
//
// A tail call arrives with profile_return as its return address. The frame on
// top is then that of the caller, which control has left for good. The caller's
// call ends there, and its frame serves the callee, so that loops of tail calls
// run in constant space.
//
// Both processors share all counters and change them by locked operations, so
// that not one call is lost. They add to a 64-bit sum in two locked halves.
// Each carry arrives, if not at once, and only readers can notice. There is no
// division here.

#include "defs.h"
#include "x86.h"

void stats_reset(struct CallStats *stats) {
    *stats = (struct CallStats){.minimum = UINT64_MAX};
}

static inline void add64(uint64_t *sum, uint32_t low, uint32_t high) {
    __asm__("lock addl %2, %0\n\tjnc 1f\n\tlock incl %1\n1:"
            : "+m"(((uint32_t *)sum)[0]), "+m"(((uint32_t *)sum)[1])
            : "ri"(low)
            : "cc");
    if (high != 0)
        __asm__("lock addl %1, %0" : "+m"(((uint32_t *)sum)[1]) : "r"(high) : "cc");
}

// Returns the low word of the number of this call, counted from 1.
static inline uint32_t count_call(struct Function *function) {
    uint32_t count = __atomic_add_fetch(&function->count, 1, __ATOMIC_SEQ_CST);
    if (count == 0)
        __atomic_add_fetch(&function->count_high, 1, __ATOMIC_SEQ_CST);
    return count;
}

// Finds the current version and counts this call into it. See reclaim.c for why
// the pointer is read again, and why the count comes first.
static inline struct Version *pin_current(struct Function *function) {
    for (;;) {
        struct Version *version = __atomic_load_n(&function->current, __ATOMIC_ACQUIRE);
        if (!version)
            return NULL;
        __atomic_add_fetch(&version->active, 1, __ATOMIC_SEQ_CST);
        if (__atomic_load_n(&function->current, __ATOMIC_SEQ_CST) == version)
            return version;
        __atomic_sub_fetch(&version->active, 1, __ATOMIC_SEQ_CST);
    }
}

static inline void unpin(struct Version *version) {
    __atomic_sub_fetch(&version->active, 1, __ATOMIC_SEQ_CST);
}

static __attribute__((noinline)) void raise_maximum(struct CallStats *stats, uint64_t cycles) {
    uint64_t seen = stats->maximum;
    while (cycles > seen && !__atomic_compare_exchange_n(&stats->maximum, &seen, cycles, false,
                                                         __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
    }
}

static __attribute__((noinline)) void lower_minimum(struct CallStats *stats, uint64_t cycles) {
    uint64_t seen = stats->minimum;
    while (cycles < seen && !__atomic_compare_exchange_n(&stats->minimum, &seen, cycles, false,
                                                         __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
    }
}

// An extreme changes rarely, so the usual case is two plain reads. A read may
// be torn if the other processor's update crosses 2^32 at that moment. The
// exchange above compares whole values, so it never stores a wrong one.
static inline void update_extremes(struct CallStats *stats, uint64_t cycles) {
    if (__builtin_expect(cycles > stats->maximum, 0))
        raise_maximum(stats, cycles);
    if (__builtin_expect(cycles < stats->minimum, 0))
        lower_minimum(stats, cycles);
}

static inline void end_call(struct ShadowFrame *frame, uint64_t now) {
    struct Version *version = frame->version;
    uint64_t cycles = now - frame->started;
    add64(&version->stats.calls, 1, 0);
    add64(&version->stats.total, (uint32_t)cycles, (uint32_t)(cycles >> 32));
    update_extremes(&version->stats, cycles);
    frame->version = NULL; // an aborted call must not unpin it again
    unpin(version);
}

static inline void refuse_if_too_deep(const struct Cpu *cpu, const struct Function *function,
                                      const uint32_t *return_slot) {
    if (cpu->shadow_top >= cpu->shadow_limit)
        abort_call("%s: calls nested too deeply, the shadow stack is full",
                   function->manifest->name);
    if ((uint32_t)return_slot < cpu->stack_reserve)
        abort_call("%s: calls nested too deeply, the stack is full", function->manifest->name);
}

// entry.S calls this with the place of the return address; both arguments
// arrive in registers. Returns the code to run.
__attribute__((regparm(2))) uint32_t profile_enter(struct Function *function,
                                                   uint32_t *return_slot);
__attribute__((regparm(2))) uint32_t profile_enter(struct Function *function,
                                                   uint32_t *return_slot) {
    struct Cpu *cpu = this_cpu();
    refuse_if_too_deep(cpu, function, return_slot);
    if (count_call(function) == function->threshold)
        jit_crossed(function);

    struct ShadowFrame *frame = cpu->shadow_top;
    if (*return_slot == (uint32_t)profile_return) {
        frame--; // a tail call takes over its caller's frame and return address
        end_call(frame, rdtsc());
    } else {
        cpu->shadow_top = frame + 1; // before filling it: interrupts now stay off it
        compiler_barrier();
        frame->return_address = *return_slot;
        *return_slot = (uint32_t)profile_return;
    }
    struct Version *version = pin_current(function);
    if (!version)
        abort_call("%s has no code: its object could not be loaded", function->manifest->name);
    frame->version = version;
    frame->started = rdtsc();
    return version->entry;
}

// entry.S calls this. Returns where the caller continues.
uint32_t profile_leave(void);
uint32_t profile_leave(void) {
    uint64_t now = rdtsc();
    struct Cpu *cpu = this_cpu();
    struct ShadowFrame *frame = cpu->shadow_top - 1;
    uint32_t return_address = frame->return_address;
    end_call(frame, now);
    compiler_barrier();
    cpu->shadow_top = frame; // an interrupt may overwrite the frame from here on
    return return_address;
}

void profile_unwind(struct ShadowFrame *to) {
    struct Cpu *cpu = this_cpu();
    while (cpu->shadow_top > to) {
        struct ShadowFrame *frame = cpu->shadow_top - 1;
        if (frame->version)
            unpin(frame->version);
        frame->version = NULL;
        cpu->shadow_top = frame;
    }
}
