/// Mounting a FAT16 volume, and its sectors and chains.
///
/// The rules are those of Microsoft's FAT specification. Two are often got
/// wrong. The type of the volume follows from the number of clusters alone,
/// never from the text "FAT16" in the boot sector. And the FAT must have an
/// entry for each cluster, or the reader would take links from the root
/// directory. Sums are in 64 bits. Sector and cluster sizes are powers of two,
/// so no division is needed.
#include "fat16_volume.h"

enum {
    MIN_CLUSTERS = 4085,     ///< fewer: FAT12
    MAX_CLUSTERS = 65524,    ///< more: FAT32
    BOOT_SECTOR_BYTES = 512, ///< the part that the format defines
    DIRECTORY_ENTRY_SHIFT = 5,
};

enum { LINK_FREE = 0, LINK_RESERVED = 1, LINK_BAD = 0xfff7, LINK_END = 0xfff8 };

/// The fields of the boot sector, as found.
struct boot_sector {
    uint32_t sector_size;
    uint32_t sectors_per_cluster;
    uint32_t reserved_sectors;
    uint32_t fat_count;
    uint32_t root_entries;
    uint32_t fat_sectors;
    uint32_t total16;
    uint32_t total32;
};

/// A range of device sectors that may hold a volume.
struct extent {
    uint64_t start;
    uint64_t count;
};

static bool is_power_of_two(uint32_t value) {
    return value != 0 && (value & (value - 1)) == 0;
}

static uint32_t log2_of(uint32_t power) {
    uint32_t shift = 0;
    while (power >>= 1)
        shift++;
    return shift;
}

// Sectors

int fat16_read_sectors(const struct fat16_volume *volume, uint32_t first, uint32_t count,
                       void *buffer) {
    const struct block_device *device = volume->device;
    uint64_t start = volume->device_start + ((uint64_t)first << volume->device_shift);
    int status = device->read(device->context, start, count << volume->device_shift, buffer);
    return status < 0 ? FAT16_EIO : FAT16_OK;
}

int fat16_write_sectors(const struct fat16_volume *volume, uint32_t first, uint32_t count,
                        const void *buffer) {
    const struct block_device *device = volume->device;
    if (!device->write)
        return FAT16_EREAD_ONLY;
    uint64_t start = volume->device_start + ((uint64_t)first << volume->device_shift);
    int status = device->write(device->context, start, count << volume->device_shift, buffer);
    return status < 0 ? FAT16_EIO : FAT16_OK;
}

int fat16_cache_sector(struct fat16_volume *volume, uint32_t sector) {
    if (volume->cached_sector == sector)
        return FAT16_OK;
    volume->cached_sector = FAT16_NO_SECTOR;
    int status = fat16_read_sectors(volume, sector, 1, volume->sector_cache);
    if (status == FAT16_OK)
        volume->cached_sector = sector;
    return status;
}

// Chains

int fat16_check_cluster(const struct fat16_volume *volume, uint32_t cluster) {
    if (cluster == LINK_FREE)
        return FAT16_ECHAIN_FREE;
    if (cluster == LINK_RESERVED)
        return FAT16_ECHAIN_RESERVED;
    if (cluster == LINK_BAD)
        return FAT16_ECHAIN_BAD;
    return cluster <= volume->cluster_count + 1 ? FAT16_OK : FAT16_ECHAIN_RANGE;
}

/// Reads sector `index` of the FAT into `fat_cache`, from the second FAT if the
/// device cannot read the first.
static int cache_fat(struct fat16_volume *volume, uint32_t index) {
    if (volume->cached_fat == index)
        return FAT16_OK;
    int status = FAT16_EIO;
    volume->cached_fat = FAT16_NO_SECTOR;
    for (uint32_t fat = 0; status != FAT16_OK && fat < volume->fat_count; fat++)
        status = fat16_read_sectors(volume, volume->fat_start + fat * volume->fat_sectors + index,
                                    1, volume->fat_cache);
    if (status == FAT16_OK)
        volume->cached_fat = index;
    return status;
}

int fat16_next_cluster(struct fat16_volume *volume, uint32_t cluster, uint32_t *next) {
    uint32_t position = cluster * 2;
    int status = cache_fat(volume, position >> volume->sector_shift);
    if (status != FAT16_OK)
        return status;
    *next = fat16_load16(volume->fat_cache + (position & (volume->sector_size - 1)));
    if (*next < LINK_END)
        return fat16_check_cluster(volume, *next);
    *next = 0;
    return FAT16_OK;
}

// The boot sector, one function per fact

static int check_signature(const uint8_t *bytes) {
    if (bytes[510] != 0x55 || bytes[511] != 0xaa)
        return FAT16_ENO_SIGNATURE;
    return FAT16_OK;
}

static int check_jump(const uint8_t *bytes) {
    bool is_short = bytes[0] == 0xeb && bytes[2] == 0x90;
    return is_short || bytes[0] == 0xe9 ? FAT16_OK : FAT16_EJUMP;
}

static void load_boot_sector(const uint8_t *bytes, struct boot_sector *boot) {
    boot->sector_size = fat16_load16(bytes + 11);
    boot->sectors_per_cluster = bytes[13];
    boot->reserved_sectors = fat16_load16(bytes + 14);
    boot->fat_count = bytes[16];
    boot->root_entries = fat16_load16(bytes + 17);
    boot->total16 = fat16_load16(bytes + 19);
    boot->fat_sectors = fat16_load16(bytes + 22);
    boot->total32 = fat16_load32(bytes + 32);
}

static int check_sector_size(struct fat16_volume *volume, const struct boot_sector *boot) {
    if (!is_power_of_two(boot->sector_size) || boot->sector_size < 512 ||
        boot->sector_size > FAT16_MAX_SECTOR)
        return FAT16_ESECTOR_SIZE;
    if (boot->sector_size < volume->device->sector_size)
        return FAT16_ESECTOR_SMALL;
    volume->sector_size = boot->sector_size;
    volume->sector_shift = log2_of(boot->sector_size);
    volume->device_shift = volume->sector_shift - log2_of(volume->device->sector_size);
    return FAT16_OK;
}

static int check_cluster_size(struct fat16_volume *volume, const struct boot_sector *boot) {
    if (!is_power_of_two(boot->sectors_per_cluster))
        return FAT16_ECLUSTER_SIZE;
    volume->cluster_shift = log2_of(boot->sectors_per_cluster);
    return FAT16_OK;
}

static int check_fats(struct fat16_volume *volume, const struct boot_sector *boot) {
    if (boot->reserved_sectors == 0)
        return FAT16_ERESERVED;
    if (boot->fat_count != 1 && boot->fat_count != 2)
        return FAT16_EFAT_COUNT;
    if (boot->fat_sectors == 0)
        return FAT16_ETYPE_FAT32;
    volume->fat_start = boot->reserved_sectors;
    volume->fat_count = boot->fat_count;
    volume->fat_sectors = boot->fat_sectors;
    return FAT16_OK;
}

static int check_root(struct fat16_volume *volume, const struct boot_sector *boot) {
    uint32_t bytes = boot->root_entries << DIRECTORY_ENTRY_SHIFT;
    if (bytes == 0 || (bytes & (volume->sector_size - 1)) != 0)
        return FAT16_EROOT_SIZE;
    volume->root_entries = boot->root_entries;
    volume->root_start = volume->fat_start + volume->fat_count * volume->fat_sectors;
    volume->data_start = volume->root_start + (bytes >> volume->sector_shift);
    return FAT16_OK;
}

/// Either field may hold the size; if both do, they must agree.
static int check_total(struct fat16_volume *volume, const struct boot_sector *boot,
                       const struct extent *extent) {
    uint32_t total = boot->total16 ? boot->total16 : boot->total32;
    if (total == 0 || (boot->total16 && boot->total32 && boot->total16 != boot->total32))
        return FAT16_ETOTAL;
    if (((uint64_t)total << volume->device_shift) > extent->count)
        return FAT16_EOUTSIDE;
    volume->sector_count = total;
    return FAT16_OK;
}

static int check_clusters(struct fat16_volume *volume) {
    if (volume->sector_count <= volume->data_start)
        return FAT16_ENO_DATA;
    volume->cluster_count = (volume->sector_count - volume->data_start) >> volume->cluster_shift;
    if (volume->cluster_count < MIN_CLUSTERS)
        return FAT16_ETYPE_FAT12;
    if (volume->cluster_count > MAX_CLUSTERS)
        return FAT16_ETYPE_FAT32;
    uint64_t entries = (uint64_t)volume->fat_sectors << (volume->sector_shift - 1);
    if (entries < (uint64_t)volume->cluster_count + 2)
        return FAT16_EFAT_SMALL;
    return FAT16_OK;
}

static int mount_extent(struct fat16_volume *volume, const struct extent *extent,
                        const uint8_t *bytes) {
    struct boot_sector boot;
    int status;
    if ((status = check_signature(bytes)) || (status = check_jump(bytes)))
        return status;
    load_boot_sector(bytes, &boot);
    if ((status = check_sector_size(volume, &boot)) ||
        (status = check_cluster_size(volume, &boot)) || (status = check_fats(volume, &boot)) ||
        (status = check_root(volume, &boot)) || (status = check_total(volume, &boot, extent)))
        return status;
    volume->device_start = extent->start;
    return check_clusters(volume);
}

// Partitions

enum { MBR_TABLE = 446, MBR_ENTRIES = 4, MBR_ENTRY_BYTES = 16 };

static bool is_fat16_type(uint8_t type) {
    return type == 0x04 || type == 0x06 || type == 0x0e;
}

/// A boot sector's code can look like a partition table, but it hardly ever has
/// a valid status byte in all four entries.
static bool looks_like_mbr(const uint8_t *bytes) {
    for (unsigned i = 0; i < MBR_ENTRIES; i++)
        if (bytes[MBR_TABLE + i * MBR_ENTRY_BYTES] & 0x7f)
            return false;
    return true;
}

static bool find_partition(const uint8_t *bytes, struct extent *partition) {
    for (unsigned i = 0; looks_like_mbr(bytes) && i < MBR_ENTRIES; i++) {
        const uint8_t *entry = bytes + MBR_TABLE + i * MBR_ENTRY_BYTES;
        if (!is_fat16_type(entry[4]))
            continue;
        partition->start = fat16_load32(entry + 8);
        partition->count = fat16_load32(entry + 12);
        return true;
    }
    return false;
}

static int mount_partition(struct fat16_volume *volume, const struct extent *partition) {
    const struct block_device *device = volume->device;
    if (partition->start == 0 || partition->count == 0 ||
        partition->start + partition->count > device->sector_count)
        return FAT16_EOUTSIDE;
    if (device->read(device->context, partition->start, 1, volume->sector_cache) < 0)
        return FAT16_EIO;
    return mount_extent(volume, partition, volume->sector_cache);
}

static int check_device(const struct block_device *device) {
    if (!is_power_of_two(device->sector_size) || device->sector_size < BOOT_SECTOR_BYTES ||
        device->sector_size > FAT16_MAX_SECTOR || device->sector_count == 0)
        return FAT16_EDEVICE;
    return FAT16_OK;
}

int fat16_mount(struct fat16_volume *volume, const struct block_device *device) {
    struct extent whole = {0, device->sector_count};
    struct extent partition;
    int status = check_device(device);
    if (status != FAT16_OK)
        return status;
    memset(volume, 0, sizeof *volume);
    volume->device = device;
    volume->cached_fat = FAT16_NO_SECTOR;
    volume->cached_sector = FAT16_NO_SECTOR;
    if (device->read(device->context, 0, 1, volume->sector_cache) < 0)
        return FAT16_EIO;
    status = mount_extent(volume, &whole, volume->sector_cache);
    if (status == FAT16_OK || status == FAT16_ENO_SIGNATURE)
        return status;
    if (find_partition(volume->sector_cache, &partition))
        return mount_partition(volume, &partition);
    return status == FAT16_EJUMP ? FAT16_ENO_PARTITION : status;
}
