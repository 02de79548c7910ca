// Physical memory, in frames of 4 KiB.
//
// A bitmap with one bit per frame is enough: requests are few (page tables,
// pools, stacks and buffers, all at boot or rarely after), and it can find
// contiguous frames. A frame is usable if the boot loader's map calls it memory
// and it lies above the kernel's end and below 256 MiB. More memory would only
// cost page tables.

#include "defs.h"

#define FRAMES_MAX (256 * MIB / PAGE_SIZE)
#define MAP_TYPE_MEMORY 1

struct MapEntry {
    uint32_t size; // of the rest of the entry
    uint64_t base, length;
    uint32_t type;
} __attribute__((packed));

extern uint8_t kernel_end[];

static struct {
    uint32_t usable[FRAMES_MAX / 32]; // one bit per frame: set if it is free
    uint32_t total, available;
    uint32_t top; // end of the highest usable frame, in bytes
} frames;

static bool is_free(uint32_t frame) {
    return frames.usable[frame / 32] >> (frame % 32) & 1;
}
static void mark(uint32_t frame) {
    frames.usable[frame / 32] |= 1u << (frame % 32);
}
static void unmark(uint32_t frame) {
    frames.usable[frame / 32] &= ~(1u << (frame % 32));
}

static void add_range(uint64_t base, uint64_t end) {
    uint64_t first = round_up((uint32_t)kernel_end, PAGE_SIZE) / PAGE_SIZE;
    uint64_t from = (base + PAGE_SIZE - 1) / PAGE_SIZE, to = end / PAGE_SIZE;
    if (from < first)
        from = first;
    if (to > FRAMES_MAX)
        to = FRAMES_MAX;
    for (uint64_t frame = from; frame < to; frame++) {
        mark((uint32_t)frame);
        frames.total++;
        frames.top = ((uint32_t)frame + 1) * PAGE_SIZE;
    }
}

void frames_init(const struct MultibootInfo *info) {
    if (!(info->flags & MULTIBOOT_HAS_MAP)) {
        add_range(MIB, MIB + (uint64_t)info->memory_upper * KIB);
    } else {
        for (uint32_t at = 0; at < info->map_length;) {
            const struct MapEntry *entry = (const struct MapEntry *)(info->map + at);
            if (entry->type == MAP_TYPE_MEMORY)
                add_range(entry->base, entry->base + entry->length);
            at += entry->size + sizeof entry->size;
        }
    }
    frames.available = frames.total;
}

// The first of `count` free frames in a row, or FRAMES_MAX.
static uint32_t find_run(uint32_t count) {
    uint32_t run = 0;
    for (uint32_t frame = 0; frame < frames.top / PAGE_SIZE; frame++) {
        run = is_free(frame) ? run + 1 : 0;
        if (run == count)
            return frame + 1 - count;
    }
    return FRAMES_MAX;
}

uint32_t frames_allocate(uint32_t count) {
    uint32_t first = find_run(count);
    if (first == FRAMES_MAX)
        return 0;
    for (uint32_t i = 0; i < count; i++)
        unmark(first + i);
    frames.available -= count;
    return first * PAGE_SIZE;
}

void frames_free(uint32_t address, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        mark(address / PAGE_SIZE + i);
    frames.available += count;
}

uint32_t frames_free_count(void) {
    return frames.available;
}
uint32_t frames_total_count(void) {
    return frames.total;
}
uint32_t frames_memory_top(void) {
    return frames.top;
}

void *allocate_pages(uint32_t bytes) {
    uint32_t address = frames_allocate(round_up(bytes, PAGE_SIZE) / PAGE_SIZE);
    if (address == 0)
        panic("out of memory: %u bytes", bytes);
    memset((void *)address, 0, round_up(bytes, PAGE_SIZE));
    return (void *)address;
}
