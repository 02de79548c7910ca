// Frees the code of replaced versions, and only when no call can be inside.
//
// Claim: when reclaim_run() frees a version V of a function F, no processor
// executes V's code, will return into it, or will enter it.
//
// V's code is entered in one place: profile_enter(), by way of F's code pointer.
// A caller
//     (1) reads F.current and gets V,
//     (2) adds 1 to V.active,
//     (3) reads F.current again, and only if that is still V
//     (4) enters V's code; on return it subtracts 1 (profile_leave).
// If (3) finds another version it subtracts 1 and starts over, having touched
// nothing of V but the counter, and V's record is never freed. Replacing V is
//     (a) an exchange that stores the new version into F.current,
//     (b) reads of V.active, from then on; zero allows V to be freed.
// (2) and (a) are locked instructions. So all processors agree on their order,
// and the read that follows each of them cannot pass it.
//   - If (2) comes before (a): (b) sees the 1 until the caller has subtracted it,
//     so V is not freed while the caller is inside.
//   - If (a) comes before (2): (3) sees the new pointer and the caller backs off.
// So a zero at (b) means that every caller that passed (3) has left, and that
// no later caller will pass it, because F.current is no longer V.
//
// A caller is inside from entry to return, whatever it calls in between, and
// each level of a recursion counts for itself. An interrupt handler that calls
// F is one more caller; so is the other processor. V may become current again
// before it is freed (reclaim_revive). Then it leaves the list, and the
// argument starts over with its next (a). profile_unwind() subtracts a call
// that a fault aborts.
//
// V's object also contributed constants and jump tables. Only the body refers
// to them, so they go with it. A function address that escapes is that of a
// stub, and stubs are never freed.
//
// Only the boot processor retires and frees, so the list needs no lock.

#include "defs.h"

static struct Version *retired;
static uint32_t waiting;

void reclaim_retire(struct Version *version) {
    version->state = VERSION_RETIRED;
    version->next_retired = retired;
    retired = version;
    waiting++;
}

static struct Version **link_to(const struct Version *version) {
    struct Version **link = &retired;
    while (*link && *link != version)
        link = &(*link)->next_retired;
    return link;
}

static void unlink_version(struct Version *version) {
    struct Version **link = link_to(version);
    if (*link != version)
        panic("%s O%u is not retired", version->function->manifest->name, version->tier);
    *link = version->next_retired;
    version->next_retired = NULL;
    waiting--;
}

void reclaim_revive(struct Version *version) {
    unlink_version(version);
}

static void free_version(struct Version *version) {
    uint32_t bytes = version->spans[ELF_POOL_CODE].size;
    unlink_version(version);
    version_unload(version);
    version->state = VERSION_ABSENT;
    jit_counters.reclaimed++;
    jit_log("[RECLAIM] %s: O%u, %u bytes of code freed\n", version->function->manifest->name,
            version->tier, bytes);
}

uint32_t reclaim_run(void) {
    uint32_t freed = 0;
    for (struct Version *version = retired; version;) {
        struct Version *next = version->next_retired;
        if (__atomic_load_n(&version->active, __ATOMIC_SEQ_CST) == 0) {
            free_version(version);
            freed++;
        }
        version = next;
    }
    return freed;
}

uint32_t reclaim_waiting(void) {
    return waiting;
}
