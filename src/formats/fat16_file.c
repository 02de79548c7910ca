/// Opening, reading and overwriting files.
///
/// A read is cut into pieces. Part of a sector goes through the volume's sector
/// cache. Whole sectors go straight between device and caller, in one request
/// for as many clusters as lie side by side on the disk. On an image that was
/// filled once, that is one request per file. This matters because the device's
/// cost per request dominates a load, not the copying.
#include "fat16_volume.h"

/// Walks the whole chain and checks that it ends and that it can hold the file.
static int check_chain(struct fat16_volume *volume, const struct fat16_file *file) {
    uint32_t shift = fat16_cluster_bytes_shift(volume);
    uint32_t needed = (uint32_t)(((uint64_t)file->size + (1u << shift) - 1) >> shift);
    uint32_t cluster = file->first_cluster;
    uint32_t length = 0;
    int status = fat16_check_cluster(volume, cluster);
    while (status == FAT16_OK && cluster != 0) {
        if (++length > volume->cluster_count)
            return FAT16_ECHAIN_CYCLE;
        status = fat16_next_cluster(volume, cluster, &cluster);
    }
    if (status != FAT16_OK)
        return status;
    return length < needed ? FAT16_ECHAIN_SHORT : FAT16_OK;
}

int fat16_open(struct fat16_volume *volume, const char *path, struct fat16_file *file) {
    struct fat16_entry entry;
    int status = fat16_lookup(volume, path, &entry);
    if (status != FAT16_OK)
        return status;
    if (entry.attributes & FAT16_DIRECTORY)
        return FAT16_EIS_DIRECTORY;
    memset(file, 0, sizeof *file);
    file->volume = volume;
    file->size = entry.size;
    file->first_cluster = entry.first_cluster;
    file->attributes = entry.attributes;
    if ((entry.size == 0) != (entry.first_cluster == 0))
        return FAT16_EEMPTY_CHAIN;
    return entry.size ? check_chain(volume, file) : FAT16_OK;
}

/// Moves the cursor to the cluster with number `index` of the file.
static int seek(struct fat16_file *file, uint32_t index) {
    if (file->cursor_cluster == 0 || file->cursor_index > index) {
        file->cursor_cluster = file->first_cluster;
        file->cursor_index = 0;
    }
    while (file->cursor_index < index) {
        uint32_t next;
        int status = fat16_next_cluster(file->volume, file->cursor_cluster, &next);
        if (status != FAT16_OK)
            return status;
        if (next == 0)
            return FAT16_ECHAIN_SHORT;
        file->cursor_cluster = (uint16_t)next;
        file->cursor_index++;
    }
    return FAT16_OK;
}

/// A piece of a file that one access to the device can move.
struct piece {
    uint32_t sector;  ///< the first sector
    uint32_t skip;    ///< bytes before the piece in that sector; 0 for whole ones
    uint32_t sectors; ///< whole sectors; 0: part of one
    uint32_t length;  ///< bytes
};

/// Extends a run of whole sectors that reaches the end of the cursor's cluster.
/// Adds the clusters of the chain that follow on the disk, up to `wanted`
/// sectors.
static int extend(struct fat16_file *file, struct piece *piece, uint32_t wanted) {
    uint32_t per_cluster = 1u << file->volume->cluster_shift;
    while (piece->sectors < wanted) {
        uint32_t next;
        int status = fat16_next_cluster(file->volume, file->cursor_cluster, &next);
        if (status != FAT16_OK)
            return status;
        if (next != (uint32_t)file->cursor_cluster + 1)
            break;
        file->cursor_cluster = (uint16_t)next;
        file->cursor_index++;
        uint32_t missing = wanted - piece->sectors;
        piece->sectors += missing < per_cluster ? missing : per_cluster;
    }
    return FAT16_OK;
}

/// Finds the first piece of the `length` bytes at `offset`, all inside the
/// file.
static int find_piece(struct fat16_file *file, uint32_t offset, uint32_t length,
                      struct piece *piece) {
    const struct fat16_volume *volume = file->volume;
    uint32_t shift = fat16_cluster_bytes_shift(volume);
    int status = seek(file, offset >> shift);
    if (status != FAT16_OK)
        return status;
    uint32_t in_cluster = (offset & ((1u << shift) - 1)) >> volume->sector_shift;
    piece->sector = fat16_cluster_sector(volume, file->cursor_cluster) + in_cluster;
    piece->skip = offset & (volume->sector_size - 1);
    piece->sectors = 0;
    if (piece->skip != 0 || length < volume->sector_size) {
        uint32_t room = volume->sector_size - piece->skip;
        piece->length = length < room ? length : room;
        return FAT16_OK;
    }
    uint32_t wanted = length >> volume->sector_shift;
    uint32_t here = (1u << volume->cluster_shift) - in_cluster;
    piece->sectors = wanted < here ? wanted : here;
    status = extend(file, piece, wanted);
    piece->length = piece->sectors << volume->sector_shift;
    return status;
}

static int read_piece(struct fat16_volume *volume, const struct piece *piece, uint8_t *buffer) {
    if (piece->sectors)
        return fat16_read_sectors(volume, piece->sector, piece->sectors, buffer);
    int status = fat16_cache_sector(volume, piece->sector);
    if (status == FAT16_OK)
        memcpy(buffer, volume->sector_cache + piece->skip, piece->length);
    return status;
}

int fat16_read(struct fat16_file *file, uint32_t offset, void *buffer, uint32_t length,
               uint32_t *done) {
    *done = 0;
    if (offset >= file->size)
        return FAT16_OK;
    if (length > file->size - offset)
        length = file->size - offset;
    while (*done < length) {
        struct piece piece;
        int status = find_piece(file, offset + *done, length - *done, &piece);
        if (status == FAT16_OK)
            status = read_piece(file->volume, &piece, (uint8_t *)buffer + *done);
        if (status != FAT16_OK)
            return status;
        *done += piece.length;
    }
    return FAT16_OK;
}

/// Writes part of a sector: reads the sector, changes it in the cache and
/// writes it back. If the write fails, the cache may differ from the disk and
/// is dropped.
static int write_part(struct fat16_volume *volume, const struct piece *piece,
                      const uint8_t *bytes) {
    int status = fat16_cache_sector(volume, piece->sector);
    if (status != FAT16_OK)
        return status;
    memcpy(volume->sector_cache + piece->skip, bytes, piece->length);
    status = fat16_write_sectors(volume, piece->sector, 1, volume->sector_cache);
    if (status != FAT16_OK)
        volume->cached_sector = FAT16_NO_SECTOR;
    return status;
}

static int write_piece(struct fat16_volume *volume, const struct piece *piece,
                       const uint8_t *bytes) {
    if (piece->sectors == 0)
        return write_part(volume, piece, bytes);
    if (volume->cached_sector - piece->sector < piece->sectors)
        volume->cached_sector = FAT16_NO_SECTOR;
    return fat16_write_sectors(volume, piece->sector, piece->sectors, bytes);
}

int fat16_write(struct fat16_file *file, uint32_t offset, const void *bytes, uint32_t length) {
    if (!file->volume->device->write || (file->attributes & FAT16_READ_ONLY))
        return FAT16_EREAD_ONLY;
    if ((uint64_t)offset + length > file->size)
        return FAT16_ERANGE;
    uint32_t done = 0;
    while (done < length) {
        struct piece piece;
        int status = find_piece(file, offset + done, length - done, &piece);
        if (status == FAT16_OK)
            status = write_piece(file->volume, &piece, (const uint8_t *)bytes + done);
        if (status != FAT16_OK)
            return status;
        done += piece.length;
    }
    return FAT16_OK;
}
