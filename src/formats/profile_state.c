/// The two-slot state file; see formats/profile_state.h.
#include <formats/profile_state.h>
#include <formats/hash.h>
#include <formats/memory.h>

_Static_assert(sizeof(struct profile_state_header) == 24, "the state file is a file format");
_Static_assert(sizeof(struct profile_state_record) == 8, "the state file is a file format");

/// The checksum covers everything after the field itself.
enum { SUMMED_FROM = 8 };

uint32_t profile_state_slot_size(uint32_t function_count) {
    uint32_t size = (uint32_t)sizeof(struct profile_state_header) +
                    function_count * (uint32_t)sizeof(struct profile_state_record);
    return (size + PROFILE_STATE_SECTOR - 1) & ~(uint32_t)(PROFILE_STATE_SECTOR - 1);
}

static struct profile_state_header load_header(const void *slot) {
    struct profile_state_header header;
    memcpy(&header, slot, sizeof header);
    return header;
}

static uint32_t sum(const void *slot, uint32_t size) {
    return checksum32(0, (const uint8_t *)slot + SUMMED_FROM, size - SUMMED_FROM);
}

static bool is_valid(const void *slot, uint32_t size, uint32_t function_count,
                     uint32_t manifest_checksum) {
    struct profile_state_header header = load_header(slot);
    return header.magic == PROFILE_STATE_MAGIC && header.manifest == manifest_checksum &&
           header.count == function_count && header.generation != 0 &&
           header.checksum == sum(slot, size);
}

int profile_state_newest(const void *file, uint32_t file_size, uint32_t function_count,
                         uint32_t manifest_checksum) {
    uint32_t size = profile_state_slot_size(function_count);
    int newest = -1;
    uint32_t generation = 0;
    if ((uint64_t)size * PROFILE_STATE_SLOTS > file_size)
        return -1;
    for (int i = 0; i < PROFILE_STATE_SLOTS; i++) {
        const uint8_t *slot = (const uint8_t *)file + (uint32_t)i * size;
        if (!is_valid(slot, size, function_count, manifest_checksum) ||
            profile_state_generation(slot) <= generation)
            continue;
        newest = i;
        generation = profile_state_generation(slot);
    }
    return newest;
}

struct profile_state_record *profile_state_records(void *slot) {
    return (struct profile_state_record *)((struct profile_state_header *)slot + 1);
}

void profile_state_seal(void *slot, uint32_t function_count, uint32_t manifest_checksum,
                        uint32_t generation) {
    uint32_t size = profile_state_slot_size(function_count);
    struct profile_state_header header = {
        .magic = PROFILE_STATE_MAGIC,
        .manifest = manifest_checksum,
        .generation = generation,
        .count = function_count,
    };
    uint32_t used =
        (uint32_t)sizeof header + function_count * (uint32_t)sizeof(struct profile_state_record);
    memset((uint8_t *)slot + used, 0, size - used);
    memcpy(slot, &header, sizeof header);
    header.checksum = sum(slot, size);
    memcpy(slot, &header, sizeof header);
}

uint32_t profile_state_generation(const void *slot) {
    return load_header(slot).generation;
}
