/// A FAT16 volume on a block device: finding, listing and reading files, and
/// overwriting bytes inside a file that already exists.
///
/// The volume is either the whole device ("superfloppy", tried first) or the
/// first partition of an MBR that holds a FAT16 volume. The reader trusts
/// nothing on the disk. It checks every number when it reads it, and it bounds
/// every chain by the number of clusters. A damaged volume gives an error code,
/// never a hang or an access outside the caller's buffers.
///
/// Writing only replaces bytes in a file's existing clusters. It never touches
/// the FAT or a directory, so an interrupted write can damage only the bytes
/// being written.
///
/// Memory: the caller provides every structure, which may be static; the reader
/// allocates nothing. Threads: a volume has a sector cache, so only one call at
/// a time may use the volume or its files. The caller holds the lock.
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
    void *context;         ///< passed to the callbacks
    uint32_t sector_size;  ///< bytes; a power of two, 512 to 4096
    uint64_t sector_count; ///< sectors on the device
    /// Reads `count` sectors from `first` on; the range is inside the device.
    int (*read)(void *context, uint64_t first, uint32_t count, void *buffer);
    /// Writes `count` sectors from `first` on. Null for a read-only device.
    int (*write)(void *context, uint64_t first, uint32_t count, const void *buffer);
};

enum fat16_status {
    FAT16_OK = 0,
    FAT16_EIO = -1,              ///< the device reported an error
    FAT16_EDEVICE = -2,          ///< the device's sector size or count is unusable
    FAT16_ENO_SIGNATURE = -3,    ///< no 0x55 0xAA at the end of the boot sector
    FAT16_EJUMP = -4,            ///< no jump instruction at the start of the boot sector
    FAT16_ESECTOR_SIZE = -5,     ///< sector size is not a power of two from 512 to 4096
    FAT16_ESECTOR_SMALL = -6,    ///< sector size is smaller than the device's
    FAT16_ECLUSTER_SIZE = -7,    ///< sectors per cluster not a nonzero power of two
    FAT16_ERESERVED = -8,        ///< no reserved sector
    FAT16_EFAT_COUNT = -9,       ///< neither 1 nor 2 FATs
    FAT16_EROOT_SIZE = -10,      ///< root directory empty or not whole sectors
    FAT16_ETOTAL = -11,          ///< no, or two different, sector counts
    FAT16_EOUTSIDE = -12,        ///< the volume does not fit its device or partition
    FAT16_ENO_DATA = -13,        ///< FATs and root directory leave no room for data
    FAT16_ETYPE_FAT12 = -14,     ///< too few clusters for FAT16: it is FAT12
    FAT16_ETYPE_FAT32 = -15,     ///< too many clusters, or no 16-bit FAT size: it is FAT32
    FAT16_EFAT_SMALL = -16,      ///< the FAT has fewer entries than there are clusters
    FAT16_ENO_PARTITION = -17,   ///< an MBR without a FAT16 partition
    FAT16_ECHAIN_FREE = -18,     ///< a chain runs into a free cluster (0)
    FAT16_ECHAIN_RESERVED = -19, ///< a chain runs into the reserved value 1
    FAT16_ECHAIN_BAD = -20,      ///< a chain runs into a bad cluster (0xFFF7)
    FAT16_ECHAIN_RANGE = -21,    ///< a chain leaves the volume
    FAT16_ECHAIN_CYCLE = -22,    ///< a chain is longer than the volume: it is a cycle
    FAT16_ECHAIN_SHORT = -23,    ///< a chain ends before the file does
    FAT16_EEMPTY_CHAIN = -24,    ///< bytes but no cluster, or a cluster but no bytes
    FAT16_EDIRECTORY_LONG = -25, ///< a directory has more than 65,536 entries
    FAT16_EPATH = -26,           ///< a path component is too long
    FAT16_ENOT_FOUND = -27,      ///< no such file or directory
    FAT16_ENOT_DIRECTORY = -28,  ///< a path uses a file as a directory
    FAT16_EIS_DIRECTORY = -29,   ///< the path names a directory, not a file
    FAT16_ERANGE = -30,          ///< offset or length past the end of the file
    FAT16_EREAD_ONLY = -31,      ///< the device or the file is read-only
};

/// One line of English for a `fat16_status`; never null.
const char *fat16_status_text(int status);

enum {
    FAT16_MAX_SECTOR = 4096,
    /// 255 UTF-16 units of a long name in UTF-8, and a NUL.
    FAT16_NAME_BYTES = 255 * 3 + 1,
    /// A short name as shown, "FILENAME.EXT", and a NUL. Bytes above 0x7F
    /// belong to a code page that the volume does not name; the reader keeps
    /// them unchanged.
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
/// start. `fat16_mount` fills it; callers may read the fields but not change
/// them.
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
    char name[FAT16_NAME_BYTES];             ///< the long name if it is intact, else the short one
    char short_name[FAT16_SHORT_NAME_BYTES]; ///< lower case where the entry asks for it
    uint8_t attributes;                      ///< of enum fat16_attribute
    uint16_t first_cluster;                  ///< 0 for an empty file
    uint32_t size;                           ///< bytes; 0 for a directory
};

/// An open file. It is plain data and needs no closing. Mounting the volume
/// again makes it stale.
struct fat16_file {
    struct fat16_volume *volume;
    uint32_t size;          ///< bytes
    uint16_t first_cluster; ///< 0 for an empty file
    uint8_t attributes;
    uint16_t cursor_cluster; ///< where the last access ended, so that the next one
    uint32_t cursor_index;   ///< need not walk the chain from its start
};

/// Reads and checks the volume's layout. On error `volume` is unusable.
int fat16_mount(struct fat16_volume *volume, const struct block_device *device);

/// Finds `path` ("DIR/FILE.EXT", leading '/' optional, case ignored for ASCII;
/// both long and short names match). The root has no entry: looking it up gives
/// FAT16_EIS_DIRECTORY.
int fat16_lookup(struct fat16_volume *volume, const char *path, struct fat16_entry *entry);

/// `fat16_list` calls it for each entry, in the order of the disk, leaving out
/// "." and "..", volume labels and deleted entries. A nonzero return ends the
/// listing and becomes the result of `fat16_list`. The visitor must not use the
/// volume.
typedef int (*fat16_visitor)(void *context, const struct fat16_entry *entry);

/// Lists the directory at `path`; "" and "/" are the root.
int fat16_list(struct fat16_volume *volume, const char *path, fat16_visitor visit, void *context);

/// Opens a file and checks its whole chain of clusters, so that later reads
/// fail only if the device does.
int fat16_open(struct fat16_volume *volume, const char *path, struct fat16_file *file);

/// Reads up to `length` bytes from `offset` on and stores the number of bytes
/// read in `*done`. It reads fewer than `length` at the end of the file and
/// none past it. Whole sectors in consecutive clusters go straight into
/// `buffer` in one request to the device.
int fat16_read(struct fat16_file *file, uint32_t offset, void *buffer, uint32_t length,
               uint32_t *done);

/// Overwrites `length` bytes at `offset`. If they are not all inside the file,
/// it writes nothing and returns FAT16_ERANGE.
int fat16_write(struct fat16_file *file, uint32_t offset, const void *bytes, uint32_t length);

#ifdef __cplusplus
}
#endif

#endif
