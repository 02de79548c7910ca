/// Directories: walking them, long names, and paths.
///
/// A long name is stored backwards, in entries before the short entry that it
/// belongs to. Systems that do not know long names delete or rename the short
/// entry and leave the long ones. So a long name counts only if all its parts
/// are there, in order, with the checksum of the short name that follows.
/// Otherwise the file goes by its short name. That is not an error: the format
/// is meant to degrade this way.
#include "fat16_volume.h"

enum {
    ENTRY_BYTES = 32,
    ENTRY_SHIFT = 5,
    MAX_ENTRIES = 65536, ///< in any directory
    SHORT_BYTES = 11,    ///< eight of name, three of extension, no dot
    LONG_PART = 13,      ///< UTF-16 units in one entry
    LONG_PARTS = 20,
    LONG_UNITS = 255,
};

enum { NAME_END = 0x00, NAME_DELETED = 0xe5, NAME_IS_E5 = 0x05 };
enum { ATTRIBUTES_MASK = 0x3f, ATTRIBUTES_LONG = 0x0f };
enum { LOWER_BASE = 0x08, LOWER_EXTENSION = 0x10 };
enum { LONG_FIRST = 0x40 }; ///< set in the part stored first, the last of the name

/// A position in a directory. The root directory is a fixed range of sectors;
/// any other is a chain of clusters.
struct directory {
    struct fat16_volume *volume;
    uint32_t cluster; ///< holds the next entry; 0: in the root directory
    uint32_t index;   ///< of the next entry
};

/// A long name as far as it has been read.
struct long_name {
    uint16_t units[LONG_PART * LONG_PARTS];
    uint32_t parts;   ///< of the whole name
    uint32_t missing; ///< parts still to come
    uint8_t checksum; ///< of the short name it belongs to
    bool sound;       ///< nothing wrong so far
};

// Walking

static int open_directory(struct directory *directory, struct fat16_volume *volume,
                          uint32_t cluster) {
    directory->volume = volume;
    directory->cluster = cluster;
    directory->index = 0;
    return cluster ? fat16_check_cluster(volume, cluster) : FAT16_OK;
}

/// Moves a chained directory to the cluster of its next entry. Sets `*ended` at
/// the end of the chain.
static int step_cluster(struct directory *directory, bool *ended) {
    uint32_t per_cluster = 1u << (fat16_cluster_bytes_shift(directory->volume) - ENTRY_SHIFT);
    if (directory->index == 0 || (directory->index & (per_cluster - 1)) != 0)
        return FAT16_OK;
    int status = fat16_next_cluster(directory->volume, directory->cluster, &directory->cluster);
    *ended = directory->cluster == 0;
    return status;
}

static uint32_t sector_of(const struct directory *directory) {
    const struct fat16_volume *volume = directory->volume;
    uint32_t sector = directory->index >> (volume->sector_shift - ENTRY_SHIFT);
    if (directory->cluster == 0)
        return volume->root_start + sector;
    uint32_t in_cluster = sector & ((1u << volume->cluster_shift) - 1);
    return fat16_cluster_sector(volume, directory->cluster) + in_cluster;
}

/// Points `*entry` at the next entry, in the sector cache; null after the last.
static int next_raw(struct directory *directory, const uint8_t **entry) {
    struct fat16_volume *volume = directory->volume;
    bool ended = directory->cluster == 0 && directory->index == volume->root_entries;
    int status = FAT16_OK;
    *entry = NULL;
    if (directory->index == MAX_ENTRIES)
        return FAT16_EDIRECTORY_LONG;
    if (directory->cluster != 0)
        status = step_cluster(directory, &ended);
    if (status != FAT16_OK || ended)
        return status;
    status = fat16_cache_sector(volume, sector_of(directory));
    if (status != FAT16_OK)
        return status;
    uint32_t offset = (directory->index << ENTRY_SHIFT) & (volume->sector_size - 1);
    directory->index++;
    if (volume->sector_cache[offset] != NAME_END)
        *entry = volume->sector_cache + offset;
    return FAT16_OK;
}

// Long names

/// Leaves the units alone: clearing half a kilobyte for every entry would be
/// most of the cost of a lookup.
static void forget(struct long_name *name) {
    name->parts = name->missing = 0;
    name->checksum = 0;
    name->sound = false;
}

static bool is_long_part(const uint8_t *raw) {
    return (raw[11] & ATTRIBUTES_MASK) == ATTRIBUTES_LONG;
}

static void load_part(struct long_name *name, const uint8_t *raw, uint32_t part) {
    static const uint8_t offsets[LONG_PART] = {1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30};
    for (unsigned i = 0; i < LONG_PART; i++)
        name->units[(part - 1) * LONG_PART + i] = (uint16_t)fat16_load16(raw + offsets[i]);
}

/// Adds one part. A part out of order makes the name unsound, until a first
/// part begins another name.
static void add_part(struct long_name *name, const uint8_t *raw) {
    uint32_t part = raw[0] & (LONG_FIRST - 1u);
    if (raw[0] & LONG_FIRST) {
        name->sound = true;
        name->parts = name->missing = part;
        name->checksum = raw[13];
    }
    bool proper = part >= 1 && part <= LONG_PARTS && part == name->missing &&
                  raw[13] == name->checksum && raw[12] == 0 && (raw[0] & 0x80) == 0 &&
                  fat16_load16(raw + 26) == 0;
    if (!name->sound || !proper) {
        name->sound = false;
        return;
    }
    load_part(name, raw, part);
    name->missing--;
}

static uint8_t short_checksum(const uint8_t *raw) {
    uint8_t sum = 0;
    for (unsigned i = 0; i < SHORT_BYTES; i++)
        sum = (uint8_t)((uint8_t)(sum << 7 | sum >> 1) + raw[i]);
    return sum;
}

/// The number of units before the terminating zero; 0 if the name is too long
/// or contains a unit that is not allowed in names.
static uint32_t long_length(const struct long_name *name) {
    uint32_t length = 0;
    while (length < name->parts * LONG_PART && name->units[length] != 0) {
        uint16_t unit = name->units[length];
        if (unit < 0x20 || unit == '/' || unit == '\\')
            return 0;
        length++;
    }
    return length <= LONG_UNITS ? length : 0;
}

/// Reads one code point; half a surrogate pair becomes U+FFFD.
static uint32_t next_point(const uint16_t **at, const uint16_t *end) {
    uint32_t unit = *(*at)++;
    if (unit < 0xd800 || unit > 0xdfff)
        return unit;
    if (unit > 0xdbff || *at == end || **at < 0xdc00 || **at > 0xdfff)
        return 0xfffd;
    return 0x10000 + ((unit - 0xd800) << 10) + (*(*at)++ - 0xdc00u);
}

static char *put_utf8(char *to, uint32_t point) {
    if (point < 0x80) {
        *to++ = (char)point;
        return to;
    }
    unsigned more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    static const uint8_t leads[4] = {0, 0xc0, 0xe0, 0xf0};
    *to++ = (char)(leads[more] | point >> (6 * more));
    while (more--)
        *to++ = (char)(0x80 | ((point >> (6 * more)) & 0x3f));
    return to;
}

/// Writes the name in UTF-8. Three bytes per unit are enough room: a surrogate
/// pair takes four.
static void put_long_name(const struct long_name *name, uint32_t length, char *to) {
    const uint16_t *at = name->units;
    const uint16_t *end = at + length;
    while (at < end)
        to = put_utf8(to, next_point(&at, end));
    *to = '\0';
}

// Short names

static char *put_part(char *to, const uint8_t *bytes, unsigned size, bool lower) {
    while (size && bytes[size - 1] == ' ')
        size--;
    for (unsigned i = 0; i < size; i++) {
        char byte = (char)bytes[i];
        *to++ = lower && byte >= 'A' && byte <= 'Z' ? (char)(byte + ('a' - 'A')) : byte;
    }
    return to;
}

static void put_short_name(const uint8_t *raw, char *to) {
    char *start = to;
    to = put_part(to, raw, 8, raw[12] & LOWER_BASE);
    if (raw[0] == NAME_IS_E5)
        *start = (char)NAME_DELETED;
    char *base_end = to++;
    to = put_part(to, raw + 8, 3, raw[12] & LOWER_EXTENSION);
    *base_end = '.';
    if (to == base_end + 1)
        to = base_end;
    *to = '\0';
}

static bool is_dot(const uint8_t *raw) {
    return memcmp(raw, ".          ", SHORT_BYTES) == 0 ||
           memcmp(raw, "..         ", SHORT_BYTES) == 0;
}

// Entries

static void make_entry(const uint8_t *raw, const struct long_name *name,
                       struct fat16_entry *entry) {
    entry->attributes = raw[11] & ATTRIBUTES_MASK;
    entry->first_cluster = (uint16_t)fat16_load16(raw + 26);
    entry->size = entry->attributes & FAT16_DIRECTORY ? 0 : fat16_load32(raw + 28);
    put_short_name(raw, entry->short_name);
    uint32_t length = 0;
    if (name->sound && name->missing == 0 && name->checksum == short_checksum(raw))
        length = long_length(name);
    if (length)
        put_long_name(name, length, entry->name);
    else
        memcpy(entry->name, entry->short_name, sizeof entry->short_name);
}

/// Finds the next file or directory. `*found` is false at the end.
static int next_entry(struct directory *directory, struct fat16_entry *entry, bool *found) {
    struct long_name name;
    const uint8_t *raw;
    *found = false;
    forget(&name);
    for (;;) {
        int status = next_raw(directory, &raw);
        if (status != FAT16_OK || !raw)
            return status;
        if (raw[0] == NAME_DELETED) {
            forget(&name);
        } else if (is_long_part(raw)) {
            add_part(&name, raw);
        } else if ((raw[11] & FAT16_VOLUME_LABEL) || is_dot(raw)) {
            forget(&name);
        } else {
            make_entry(raw, &name, entry);
            *found = true;
            return FAT16_OK;
        }
    }
}

// Paths

static char lower(char byte) {
    return byte >= 'A' && byte <= 'Z' ? (char)(byte + ('a' - 'A')) : byte;
}

/// Whether `name` equals the `length` bytes at `part`, ignoring ASCII case.
static bool matches(const char *name, const char *part, uint32_t length) {
    for (uint32_t i = 0; i < length; i++)
        if (name[i] == '\0' || lower(name[i]) != lower(part[i]))
            return false;
    return name[length] == '\0';
}

static int find_in(struct fat16_volume *volume, uint32_t cluster, const char *part, uint32_t length,
                   struct fat16_entry *entry) {
    struct directory directory;
    bool found;
    int status = open_directory(&directory, volume, cluster);
    while (status == FAT16_OK) {
        status = next_entry(&directory, entry, &found);
        if (status != FAT16_OK)
            return status;
        if (!found)
            return FAT16_ENOT_FOUND;
        if (matches(entry->name, part, length) || matches(entry->short_name, part, length))
            return FAT16_OK;
    }
    return status;
}

/// Takes the next component off the path and returns its length, 0 at the end.
static uint32_t next_component(const char **path, const char **part) {
    while (**path == '/')
        ++*path;
    *part = *path;
    while (**path && **path != '/')
        ++*path;
    return (uint32_t)(*path - *part);
}

/// Follows `path` from the root and counts its components in `*depth`. A depth
/// of 0 means the root, for which `entry` is not set.
static int walk(struct fat16_volume *volume, const char *path, struct fat16_entry *entry,
                uint32_t *depth) {
    const char *part;
    uint32_t length;
    *depth = 0;
    while ((length = next_component(&path, &part)) != 0) {
        if (length >= FAT16_NAME_BYTES)
            return FAT16_EPATH;
        if (*depth && !(entry->attributes & FAT16_DIRECTORY))
            return FAT16_ENOT_DIRECTORY;
        // Cluster 0 would lead back to the root directory.
        if (*depth && entry->first_cluster == 0)
            return FAT16_EEMPTY_CHAIN;
        int status = find_in(volume, *depth ? entry->first_cluster : 0, part, length, entry);
        if (status != FAT16_OK)
            return status;
        ++*depth;
    }
    return FAT16_OK;
}

int fat16_lookup(struct fat16_volume *volume, const char *path, struct fat16_entry *entry) {
    uint32_t depth;
    int status = walk(volume, path, entry, &depth);
    return status == FAT16_OK && depth == 0 ? FAT16_EIS_DIRECTORY : status;
}

int fat16_list(struct fat16_volume *volume, const char *path, fat16_visitor visit, void *context) {
    struct fat16_entry entry;
    struct directory directory;
    uint32_t depth;
    bool found = true;
    int status = walk(volume, path, &entry, &depth);
    if (status != FAT16_OK)
        return status;
    if (depth && !(entry.attributes & FAT16_DIRECTORY))
        return FAT16_ENOT_DIRECTORY;
    if (depth && entry.first_cluster == 0)
        return FAT16_EEMPTY_CHAIN;
    status = open_directory(&directory, volume, depth ? entry.first_cluster : 0);
    while (status == FAT16_OK) {
        status = next_entry(&directory, &entry, &found);
        if (status != FAT16_OK || !found)
            return status;
        status = visit(context, &entry);
    }
    return status;
}
