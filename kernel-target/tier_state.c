// Keeps the tier that each function has reached across boots, in the image's
// state file. See formats/profile_state.h for the format and why it has two
// slots.
//
// The kernel loads the state once, before functions get their first code. It
// saves the state at power-off, and when the shell has nothing to do and
// something has changed. Calls counted in earlier boots count towards the next
// threshold.

#include "defs.h"

#include <formats/profile_state.h>

bool tier_state_dirty, tier_state_ignore;

static struct {
    struct fat16_file file;
    bool usable;
    uint8_t *bytes; // the whole file
    uint32_t slot_size;
} state;

static int open_state(void) {
    state.slot_size = profile_state_slot_size(image_manifest.function_count);
    int status = fat16_open(&image_volume, image_manifest.state_file, &state.file);
    if (status < 0)
        return status;
    if (state.file.size < PROFILE_STATE_SLOTS * state.slot_size)
        return FAT16_ERANGE;
    uint32_t done;
    state.bytes = allocate_pages(state.file.size);
    return fat16_read(&state.file, 0, state.bytes, state.file.size, &done);
}

static int newest_slot(void) {
    return profile_state_newest(state.bytes, state.file.size, image_manifest.function_count,
                                image_manifest.checksum);
}

static void *slot_at(int slot) {
    return state.bytes + (uint32_t)slot * state.slot_size;
}

// Functions are registered in the manifest's order, but a function whose name
// clashed is left out. So the place in the manifest finds the record.
static struct profile_state_record *record_of(void *slot, const struct Function *function) {
    return &profile_state_records(slot)[function->manifest - image_manifest.functions];
}

void tier_state_load(void) {
    int status = open_state();
    if (status < 0) {
        kprintf("[STATE] %s: %s; tiers will not be kept\n", image_manifest.state_file,
                fat16_status_text(status));
        return;
    }
    state.usable = true;
    int slot = newest_slot();
    if (slot < 0 || tier_state_ignore) {
        kprintf("[STATE] every function starts cold%s\n",
                tier_state_ignore ? ": tiers=ignore was given" : "");
        return;
    }
    for (uint32_t i = 0; i < function_count; i++) {
        struct Function *function = function_at(i);
        const struct profile_state_record *record = record_of(slot_at(slot), function);
        function->saved_tier = record->tier;
        function->count = function->saved_calls = record->calls;
    }
    kprintf("[STATE] restored the tiers of boot %u\n", profile_state_generation(slot_at(slot)));
}

static void fill_records(void *slot) {
    for (uint32_t i = 0; i < function_count; i++) {
        const struct Function *function = function_at(i);
        const struct Version *current = function->current;
        uint64_t calls = function_calls(function);
        struct profile_state_record *record = record_of(slot, function);
        record->calls = calls > UINT32_MAX ? UINT32_MAX : (uint32_t)calls;
        record->tier = calls > 0 && current ? current->tier : PROFILE_STATE_COLD;
    }
}

void tier_state_save(void) {
    tier_state_dirty = false;
    if (!state.usable)
        return;
    int newest = newest_slot();
    uint32_t generation = newest < 0 ? 1 : profile_state_generation(slot_at(newest)) + 1;
    int next = newest == 0 ? 1 : 0;
    memset(slot_at(next), 0, state.slot_size);
    fill_records(slot_at(next));
    profile_state_seal(slot_at(next), image_manifest.function_count, image_manifest.checksum,
                       generation);
    int status =
        fat16_write(&state.file, (uint32_t)next * state.slot_size, slot_at(next), state.slot_size);
    if (status < 0)
        kprintf("[STATE] not saved: %s\n", fat16_status_text(status));
}
