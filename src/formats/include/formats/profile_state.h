/// The state file: the tier each function had reached, kept across boots.
///
/// The host makes the file with the image, at its full size, because the kernel
/// can only overwrite bytes inside a file. It holds two slots. The kernel
/// writes a new state over the slot that is not the newest valid one. If power
/// loss cuts the write short, the previous state is still there. A slot is
/// valid if its checksum is right and it was written for this manifest. Without
/// a valid slot every function starts cold. A new file is all zeros, so it has
/// no valid slot.
///
///     slot 0 | slot 1       each a header, then one record per function,
///                           padded with zeros to whole 512-byte sectors
#ifndef AJIT_PROFILE_STATE_H
#define AJIT_PROFILE_STATE_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    PROFILE_STATE_SLOTS = 2,
    PROFILE_STATE_SECTOR = 512,
    PROFILE_STATE_COLD = 0xff, ///< the tier of a function that was never called
};

#define PROFILE_STATE_MAGIC UINT32_C(0x53504a41) ///< "AJPS"

/// Little-endian, without padding.
struct profile_state_header {
    uint32_t magic;
    uint32_t checksum;   ///< over the slot after this field
    uint32_t manifest;   ///< the manifest's checksum
    uint32_t generation; ///< 1 for the first state written; the higher is the newer
    uint32_t count;      ///< records
    uint32_t reserved;   ///< zero
};

/// One function, in the order of the manifest.
struct profile_state_record {
    uint32_t calls;      ///< in all boots; saturates at UINT32_MAX
    uint8_t tier;        ///< the tier reached, or PROFILE_STATE_COLD
    uint8_t reserved[3]; ///< zero
};

/// The size of one slot; the file has twice that.
uint32_t profile_state_slot_size(uint32_t function_count);

/// The index of the newest valid slot of a whole file, or -1 if neither is
/// valid.
int profile_state_newest(const void *file, uint32_t file_size, uint32_t function_count,
                         uint32_t manifest_checksum);

/// The records of the slot that begins at `slot`, which must be 4-aligned.
struct profile_state_record *profile_state_records(void *slot);

/// Fills in the header of a slot whose records are set, its checksum last.
/// `generation` is one more than that of the newest valid slot.
void profile_state_seal(void *slot, uint32_t function_count, uint32_t manifest_checksum,
                        uint32_t generation);

/// The generation of a slot that `profile_state_newest` called valid.
uint32_t profile_state_generation(const void *slot);

#ifdef __cplusplus
}
#endif

#endif
