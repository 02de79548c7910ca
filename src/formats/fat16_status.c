/// The texts of fat16_status.
#include <formats/fat16.h>

const char *fat16_status_text(int status) {
    switch (status) {
    case FAT16_OK: return "no error";
    case FAT16_EIO: return "the device reported an error";
    case FAT16_EDEVICE: return "the device has an unusable sector size or no sectors";
    case FAT16_ENO_SIGNATURE: return "no signature at the end of the boot sector";
    case FAT16_EJUMP: return "no jump at the start of the boot sector";
    case FAT16_ESECTOR_SIZE: return "sector size is not a power of two from 512 to 4096";
    case FAT16_ESECTOR_SMALL: return "sector size is below the device's";
    case FAT16_ECLUSTER_SIZE: return "sectors per cluster are not a nonzero power of two";
    case FAT16_ERESERVED: return "no reserved sectors";
    case FAT16_EFAT_COUNT: return "volume must have one or two FATs";
    case FAT16_EROOT_SIZE: return "root directory is empty or not whole sectors";
    case FAT16_ETOTAL: return "the sector count is missing, or its two fields differ";
    case FAT16_EOUTSIDE: return "volume reaches past the end of its device or partition";
    case FAT16_ENO_DATA: return "no room for data after the FATs and the root directory";
    case FAT16_ETYPE_FAT12: return "too few clusters for FAT16: a FAT12 volume";
    case FAT16_ETYPE_FAT32: return "too many clusters for FAT16: a FAT32 volume";
    case FAT16_EFAT_SMALL: return "FAT is too small for the number of clusters";
    case FAT16_ENO_PARTITION: return "no FAT16 volume and no FAT16 partition";
    case FAT16_ECHAIN_FREE: return "cluster chain runs into a free cluster";
    case FAT16_ECHAIN_RESERVED: return "cluster chain runs into a reserved value";
    case FAT16_ECHAIN_BAD: return "cluster chain runs into a bad cluster";
    case FAT16_ECHAIN_RANGE: return "cluster chain leaves the volume";
    case FAT16_ECHAIN_CYCLE: return "cluster chain is a cycle";
    case FAT16_ECHAIN_SHORT: return "cluster chain is shorter than the file";
    case FAT16_EEMPTY_CHAIN:
        return "only one of file size and first cluster is zero, or a directory has no cluster";
    case FAT16_EDIRECTORY_LONG: return "directory has too many entries, or is a cycle";
    case FAT16_EPATH: return "path component is too long";
    case FAT16_ENOT_FOUND: return "no such file or directory";
    case FAT16_ENOT_DIRECTORY: return "not a directory";
    case FAT16_EIS_DIRECTORY: return "is a directory";
    case FAT16_ERANGE: return "offset or length is past the end of the file";
    case FAT16_EREAD_ONLY: return "read-only";
    default: return "unknown error";
    }
}
