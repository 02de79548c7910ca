/// A FAT16 volume on a block device: finding, listing and reading files, and
/// overwriting bytes inside a file that already exists.
///
/// The volume is either the whole device ("superfloppy", tried first) or the
/// first partition of an MBR that holds a FAT16 volume. Nothing on the disk is
/// trusted: every number is checked when it is read, chains are bounded by the
/// number of clusters, and a damaged volume gives an error code, never a hang or
/// an access outside the caller's buffers.
///
/// The only writing there is replaces bytes of a file's existing clusters. It
/// never touches the FAT or a directory, so an interrupted write can damage only
/// the bytes being written.
///
/// Memory: every structure is the caller's and may be static; nothing is
/// allocated. Threads: a volume has a sector cache, so one call at a time per
/// volume, its files included; the caller holds the lock.
#ifndef AJIT_FAT16_H
#define AJIT_FAT16_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A disk that moves whole sectors. Callbacks return 0 or a negative number,
/// which the functions below report as FAT16_EIO.
struct block_device {
    void *context;         ///< handed to the callbacks
    uint32_t sector_size;  ///< bytes; a power of two, 512 to 4096
    uint64_t sector_count; ///< sectors on the device
    /// Reads `count` sectors from `first` on; the range is inside the device.
    int (*read)(void *context, uint64_t first, uint32_t count, void *buffer);
    /// Writes them; null for a read-only device.
    int (*write)(void *context, uint64_t first, uint32_t count, const void *buffer);
};

enum fat16_status {
    FAT16_OK = 0,
    FAT16_EIO = -1,              ///< the device reported an error
    FAT16_EDEVICE = -2,          ///< the device's sector size or count is unusable
    FAT16_ENO_SIGNATURE = -3,    ///< no 0x55 0xAA at the end of the boot sector
    FAT16_EJUMP = -4,            ///< no jump instruction at the start of the boot sector
    FAT16_ESECTOR_SIZE = -5,     ///< not a power of two from 512 to 4096
    FAT16_ESECTOR_SMALL = -6,    ///< smaller than the device's sector
    FAT16_ECLUSTER_SIZE = -7,    ///< sectors per cluster not a nonzero power of two
    FAT16_ERESERVED = -8,        ///< no reserved sector
    FAT16_EFAT_COUNT = -9,       ///< neither 1 nor 2 FATs
    FAT16_EROOT_SIZE = -10,      ///< root directory empty or not whole sectors
    FAT16_ETOTAL = -11,          ///< no, or two different, sector counts
    FAT16_EOUTSIDE = -12,        ///< the volume does not fit its device or partition
    FAT16_ENO_DATA = -13,        ///< FATs and root directory leave no room for data
    FAT16_ETYPE_FAT12 = -14,     ///< so few clusters that it is FAT12
    FAT16_ETYPE_FAT32 = -15,     ///< so many clusters, or no 16-bit FAT size: FAT32
    FAT16_EFAT_SMALL = -16,      ///< the FAT has fewer entries than there are clusters
    FAT16_ENO_PARTITION = -17,   ///< an MBR without a FAT16 partition
    FAT16_ECHAIN_FREE = -18,     ///< a chain runs into a free cluster (0)
    FAT16_ECHAIN_RESERVED = -19, ///< a chain runs into the reserved value 1
    FAT16_ECHAIN_BAD = -20,      ///< a chain runs into a bad cluster (0xFFF7)
    FAT16_ECHAIN_RANGE = -21,    ///< a chain leaves the volume
    FAT16_ECHAIN_CYCLE = -22,    ///< a chain is longer than the volume: it is a cycle
    FAT16_ECHAIN_SHORT = -23,    ///< a chain ends before the file does
    FAT16_EEMPTY_CHAIN = -24,    ///< bytes but no cluster, or a cluster but no bytes
    FAT16_EDIRECTORY_LONG = -25, ///< a directory of more than 65,536 entries
    FAT16_EPATH = -26,           ///< an empty or over-long path component
    FAT16_ENOT_FOUND = -27,      ///< no such file or directory
    FAT16_ENOT_DIRECTORY = -28,  ///< a path goes through a file
    FAT16_EIS_DIRECTORY = -29,   ///< a file was wanted
    FAT16_ERANGE = -30,          ///< offset or length past the end of the file
    FAT16_EREAD_ONLY = -31,      ///< the device or the file is read-only
};

/// One line of English for a `fat16_status`; never null.
const char *fat16_status_text(int status);

enum {
    FAT16_MAX_SECTOR = 4096,
    /// 255 UTF-16 units of a long name in UTF-8, and a NUL.
    FAT16_NAME_BYTES = 255 * 3 + 1,
    /// A short name as shown, "FILENAME.EXT" and a NUL. Bytes above 0x7F belong
    /// to a code page the volume does not name; they are kept as they are.
    FAT16_SHORT_NAME_BYTES = 13,
};

enum fat16_attribute {
    FAT16_READ_ONLY = 0x01,
    FAT16_HIDDEN = 0x02,
    FAT16_SYSTEM = 0x04,
    FAT16_VOLUME_LABEL = 0x08,
    FAT16_DIRECTORY = 0x10,
    FAT16_ARCHIVE = 0x20,
};

/// A mounted volume. All positions are in volume sectors from the volume's
/// start. Filled by `fat16_mount`; the fields may be read, not changed.
struct fat16_volume {
    const struct block_device *device; ///< outlives the volume
    uint64_t device_start;             ///< device sector at which the volume begins
    uint32_t sector_size;              ///< bytes
    uint32_t sector_shift;             ///< log2 of sector_size
    uint32_t device_shift;             ///< log2 of device sectors per volume sector
    uint32_t cluster_shift;            ///< log2 of sectors per cluster
    uint32_t sector_count;             ///< the whole volume
    uint32_t fat_start;                ///< first sector of the first FAT
    uint32_t fat_sectors;              ///< of one FAT
    uint32_t fat_count;                ///< 1 or 2
    uint32_t root_start;               ///< first sector of the root directory
    uint32_t root_entries;             ///< its fixed number of entries
    uint32_t data_start;               ///< sector of cluster 2
    uint32_t cluster_count;            ///< clusters are numbered 2 to cluster_count + 1
    uint32_t cached_fat;               ///< FAT sector held in fat_cache; UINT32_MAX: none
    uint32_t cached_sector;            ///< sector held in sector_cache; UINT32_MAX: none
    uint8_t fat_cache[FAT16_MAX_SECTOR];
    uint8_t sector_cache[FAT16_MAX_SECTOR]; ///< directory and part-sector data
};

/// One directory entry.
struct fat16_entry {
    char name[FAT16_NAME_BYTES]; ///< the long name if there is a sound one, else the short
    char short_name[FAT16_SHORT_NAME_BYTES]; ///< lower case where the entry asks for it
    uint8_t attributes;                      ///< of enum fat16_attribute
    uint16_t first_cluster;                  ///< 0 for an empty file
    uint32_t size;                           ///< bytes; 0 for a directory
};

/// An open file; plain data, nothing to close. Becomes stale when the volume is
/// mounted again.
struct fat16_file {
    struct fat16_volume *volume;
    uint32_t size;          ///< bytes
    uint16_t first_cluster; ///< 0 for an empty file
    uint8_t attributes;
    uint16_t cursor_cluster; ///< where the last access ended, so that reading on
    uint32_t cursor_index;   ///< does not walk the chain from its start again
};

/// Reads and checks the volume's layout. On error `volume` is unusable.
int fat16_mount(struct fat16_volume *volume, const struct block_device *device);

/// Finds `path` ("DIR/FILE.EXT", leading '/' optional, case ignored for ASCII;
/// both long and short names match). The root itself has no entry:
/// FAT16_EIS_DIRECTORY.
int fat16_lookup(struct fat16_volume *volume, const char *path, struct fat16_entry *entry);

/// Called per entry, in the order of the disk, without "." and "..", volume
/// labels and deleted entries. A nonzero return ends the listing and becomes
/// the result of `fat16_list`. It must not call the volume.
typedef int (*fat16_visitor)(void *context, const struct fat16_entry *entry);

/// Lists the directory at `path`; "" and "/" are the root.
int fat16_list(struct fat16_volume *volume, const char *path, fat16_visitor visit, void *context);

/// Opens a file and checks its whole chain of clusters, so that later reads can
/// fail only by the device's fault.
int fat16_open(struct fat16_volume *volume, const char *path, struct fat16_file *file);

/// Reads up to `length` bytes from `offset` on and stores in `*done` how many;
/// fewer only at the end of the file, none past it. Whole sectors in
/// consecutive clusters go straight into `buffer` in one request to the device.
int fat16_read(struct fat16_file *file, uint32_t offset, void *buffer, uint32_t length,
               uint32_t *done);

/// Overwrites `length` bytes at `offset`, all of them inside the file
/// (FAT16_ERANGE otherwise, nothing written).
int fat16_write(struct fat16_file *file, uint32_t offset, const void *bytes, uint32_t length);

#ifdef __cplusplus
}
#endif

#endif
