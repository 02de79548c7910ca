/// What the three parts of the FAT16 reader share: sectors and chains. Private.
#ifndef AJIT_FAT16_VOLUME_H
#define AJIT_FAT16_VOLUME_H

#include <formats/fat16.h>
#include <formats/memory.h>

enum { FAT16_NO_SECTOR = 0xffffffff };

static inline uint32_t fat16_load16(const uint8_t *at) {
    return (uint32_t)at[0] | (uint32_t)at[1] << 8;
}

static inline uint32_t fat16_load32(const uint8_t *at) {
    return fat16_load16(at) | fat16_load16(at + 2) << 16;
}

/// log2 of a cluster's size in bytes.
static inline uint32_t fat16_cluster_bytes_shift(const struct fat16_volume *volume) {
    return volume->sector_shift + volume->cluster_shift;
}

/// The first sector of a cluster, which must be in range.
static inline uint32_t fat16_cluster_sector(const struct fat16_volume *volume, uint32_t cluster) {
    return volume->data_start + ((cluster - 2) << volume->cluster_shift);
}

/// Move whole sectors of the volume, bypassing the cache.
int fat16_read_sectors(const struct fat16_volume *volume, uint32_t first, uint32_t count,
                       void *buffer);
int fat16_write_sectors(const struct fat16_volume *volume, uint32_t first, uint32_t count,
                        const void *buffer);

/// Reads a sector into `sector_cache`.
int fat16_cache_sector(struct fat16_volume *volume, uint32_t sector);

/// FAT16_OK if `cluster` can be part of a chain, else the status that says why
/// not.
int fat16_check_cluster(const struct fat16_volume *volume, uint32_t cluster);

/// Follows the link of `cluster`; stores 0 in `*next` at the end of the chain.
int fat16_next_cluster(struct fat16_volume *volume, uint32_t cluster, uint32_t *next);

#endif
