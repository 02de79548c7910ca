// The three pools that loaded objects live in.
//
//     CODE      instructions and entry stubs; executed through one mapping that
//               is never writable, written through another that never executes
//     DATA      everything else that is loaded; never executable
//     METADATA  what the kernel records about functions and symbols
//
// A pool is a range of pages with unmapped pages around it. A bitmap tracks its
// memory in granules of 16 bytes. Bookkeeping inside the pool was rejected: a
// stray write by loaded code could then mislead the allocator, and a header
// beside code would be a writable neighbour of it. The caller remembers each
// block's place and size. Freeing memory that is not allocated breaks an
// invariant and panics.
//
// The search continues after the latest block and starts over only at the end.
// First-fit was tried and rejected: it puts new code beside running code, and
// under emulation a write to such a page is slow. Linking 180 small objects
// took 5 to 15 ms, and takes 0.7 ms this way. Freed code memory is also reused
// later, so a stray jump into it still meets a trap.
//
// Free code memory is filled with 0xCC, so that a jump into it traps at once
// and says where. Free data memory is zeroed. The allocator does not clear a
// block for its owner, who fills it anyway.

#include "defs.h"

#define GRANULE 16u
#define BREAKPOINT 0xCC

struct Pool {
    const char *name;
    uint32_t run_base;   // where loaded code sees it
    uint32_t write_base; // where the kernel writes it
    uint32_t size, used, peak, refused;
    uint32_t *taken; // one bit per granule
    uint32_t next;   // granule after the latest block
};

static struct Pool pools[POOL_COUNT] = {
    [POOL_CODE] = {.name = "CODE", .run_base = CODE_RUN_BASE, .write_base = CODE_WRITE_BASE},
    [POOL_DATA] = {.name = "DATA", .run_base = DATA_BASE, .write_base = DATA_BASE},
    [POOL_METADATA] = {.name = "METADATA", .run_base = METADATA_BASE, .write_base = METADATA_BASE},
};

static bool is_taken(const struct Pool *pool, uint32_t granule) {
    return pool->taken[granule / 32] >> (granule % 32) & 1;
}

static void set_taken(struct Pool *pool, uint32_t granule, bool taken) {
    uint32_t bit = 1u << (granule % 32);
    if (taken)
        pool->taken[granule / 32] |= bit;
    else
        pool->taken[granule / 32] &= ~bit;
}

static void map_pool(struct Pool *pool) {
    for (uint32_t offset = 0; offset < pool->size; offset += PAGE_SIZE) {
        uint32_t frame = frames_allocate(1);
        if (frame == 0)
            panic("no memory for the %s pool of %u bytes", pool->name, pool->size);
        paging_unmap(frame); // leaves the direct mapping: no further alias
        paging_map(pool->write_base + offset, frame, PAGE_WRITABLE | PAGE_NO_EXECUTE);
        if (pool->run_base != pool->write_base)
            paging_map(pool->run_base + offset, frame, 0);
    }
}

void pools_init(const uint32_t sizes[POOL_COUNT]) {
    for (uint32_t i = 0; i < POOL_COUNT; i++) {
        struct Pool *pool = &pools[i];
        pool->size = sizes[i];
        pool->taken = allocate_pages(pool->size / GRANULE / 8 + sizeof(uint32_t));
        map_pool(pool);
        memset((void *)pool->write_base, i == POOL_CODE ? BREAKPOINT : 0, pool->size);
    }
}

// The first run of `granules` free granules at or after `from` that starts at a
// multiple of `step`, or UINT32_MAX.
static uint32_t find_room(const struct Pool *pool, uint32_t from, uint32_t granules,
                          uint32_t step) {
    uint32_t end = pool->size / GRANULE;
    for (uint32_t start = round_up(from, step); granules <= end && start <= end - granules;) {
        uint32_t free = 0;
        while (free < granules && !is_taken(pool, start + free))
            free++;
        if (free == granules)
            return start;
        start = round_up(start + free + 1, step);
    }
    return UINT32_MAX;
}

int pool_allocate(enum PoolId id, uint32_t size, uint32_t alignment, struct elf_block *block) {
    struct Pool *pool = &pools[id];
    uint32_t granules = round_up(size, GRANULE) / GRANULE;
    uint32_t step = alignment <= GRANULE ? 1 : alignment / GRANULE;
    uint32_t start = size > pool->size ? UINT32_MAX : find_room(pool, pool->next, granules, step);
    if (start == UINT32_MAX && size <= pool->size)
        start = find_room(pool, 0, granules, step);
    if (start == UINT32_MAX) {
        pool->refused++;
        return -1;
    }
    for (uint32_t i = 0; i < granules; i++)
        set_taken(pool, start + i, true);
    pool->next = start + granules;
    pool->used += granules * GRANULE;
    if (pool->used > pool->peak)
        pool->peak = pool->used;
    block->write = (void *)(pool->write_base + start * GRANULE);
    block->run = pool->run_base + start * GRANULE;
    block->size = size;
    return 0;
}

void pool_free(enum PoolId id, uint32_t run, uint32_t size) {
    struct Pool *pool = &pools[id];
    uint32_t start = (run - pool->run_base) / GRANULE;
    uint32_t granules = round_up(size, GRANULE) / GRANULE;
    for (uint32_t i = 0; i < granules; i++) {
        if (!is_taken(pool, start + i))
            panic("%s pool: freed twice at 0x%08x", pool->name, run);
        set_taken(pool, start + i, false);
    }
    pool->used -= granules * GRANULE;
    void *write = (void *)(pool->write_base + start * GRANULE);
    memset(write, id == POOL_CODE ? BREAKPOINT : 0, granules * GRANULE);
}

struct PoolUsage pool_usage(enum PoolId id) {
    const struct Pool *pool = &pools[id];
    return (struct PoolUsage){pool->name, pool->run_base, pool->write_base, pool->size,
                              pool->used, pool->peak,     pool->refused};
}

static bool within(uint32_t address, uint32_t base, uint32_t size) {
    return address - base < size;
}

const char *pool_of_address(uint32_t address) {
    if (within(address, CODE_RUN_BASE, pools[POOL_CODE].size))
        return "CODE pool, executable view";
    if (within(address, CODE_WRITE_BASE, pools[POOL_CODE].size))
        return "CODE pool, writable view";
    if (within(address, DATA_BASE, pools[POOL_DATA].size))
        return "DATA pool";
    if (within(address, METADATA_BASE, pools[POOL_METADATA].size))
        return "METADATA pool";
    for (uint32_t i = 0; i < POOL_COUNT; i++) {
        // Of the gap, only one page on either side is called a guard.
        uint32_t guard = pools[i].run_base - PAGE_SIZE, write = pools[i].write_base - PAGE_SIZE;
        uint32_t span = pools[i].size + 2 * PAGE_SIZE;
        if (within(address, guard, span) || within(address, write, span))
            return i == POOL_CODE   ? "guard page of the CODE pool"
                   : i == POOL_DATA ? "guard page of the DATA pool"
                                    : "guard page of the METADATA pool";
    }
    return NULL;
}
