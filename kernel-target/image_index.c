// Finds the image's object files without reading the directory each time.
//
// A lookup decodes every directory entry before the one it is after, some 700
// instructions each: with 200 files, that was four fifths of the time from disk
// to callable. The kernel never makes, grows or removes a file, so one pass at
// mount is good for the whole boot. Only plain files of the root directory are
// listed, under their 8.3 names, which is how the manifest names them.
//
// A file found here has not had its chain of clusters walked, as fat16_open()
// would. fat16_read() checks each link it follows and follows no more than the
// size asks for; where it fails, the caller turns to fat16_open() for the name of
// what is wrong. A chain that runs in a circle is left to the object's checksum.

#include "defs.h"

#include <formats/hash.h>

struct IndexedFile {
    char name[FAT16_SHORT_NAME_BYTES]; // "": the slot is free
    uint8_t attributes;
    uint16_t first_cluster;
    uint32_t size;
};

static struct {
    struct IndexedFile *slots;
    uint32_t capacity; // a power of two, at least twice the number of files; 0: no index
} image_index;

static char upper(char c) {
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

// False if it is longer than an 8.3 name.
static bool copy_upper(const char *name, char *to) {
    uint32_t length = 0;
    while (name[length] && length + 1 < FAT16_SHORT_NAME_BYTES) {
        to[length] = upper(name[length]);
        length++;
    }
    to[length] = 0;
    return name[length] == 0 && length > 0;
}

static struct IndexedFile *slot_of(const char *name) {
    uint32_t mask = image_index.capacity - 1;
    uint32_t at = (uint32_t)hash64_text(HASH64_START, name) & mask;
    while (image_index.slots[at].name[0] && !same_text(image_index.slots[at].name, name))
        at = (at + 1) & mask;
    return &image_index.slots[at];
}

static int count_entry(void *context, const struct fat16_entry *entry) {
    (void)entry;
    ++*(uint32_t *)context;
    return 0;
}

// Of two files of one name the first counts, as for a lookup. An entry that is
// not sound is left out: opening it the other way says why.
static int add_entry(void *context, const struct fat16_entry *entry) {
    (void)context;
    char name[FAT16_SHORT_NAME_BYTES];
    uint32_t clusters_end = image_volume.cluster_count + 2;
    if (entry->attributes & FAT16_DIRECTORY || !copy_upper(entry->short_name, name))
        return 0;
    if (entry->size == 0 || entry->first_cluster < 2 || entry->first_cluster >= clusters_end)
        return 0;
    struct IndexedFile *slot = slot_of(name);
    if (slot->name[0])
        return 0;
    memcpy(slot->name, name, sizeof name);
    slot->attributes = entry->attributes;
    slot->first_cluster = entry->first_cluster;
    slot->size = entry->size;
    return 0;
}

void image_index_build(void) {
    uint32_t count = 0;
    if (fat16_list(&image_volume, "/", count_entry, &count) < 0)
        return; // each lookup will say why
    uint32_t capacity = 16;
    while (capacity < 2 * count)
        capacity *= 2;
    image_index.slots = allocate_pages(capacity * sizeof *image_index.slots);
    image_index.capacity = capacity;
    fat16_list(&image_volume, "/", add_entry, NULL);
}

bool image_index_open(const char *path, struct fat16_file *file) {
    char name[FAT16_SHORT_NAME_BYTES];
    if (image_index.capacity == 0 || !copy_upper(path, name))
        return false;
    const struct IndexedFile *found = slot_of(name);
    if (!found->name[0])
        return false;
    *file = (struct fat16_file){
        .volume = &image_volume,
        .size = found->size,
        .first_cluster = found->first_cluster,
        .attributes = found->attributes,
    };
    return true;
}
