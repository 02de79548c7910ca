// Finds the image's object files without reading the directory each time.
//
// A lookup decodes every directory entry before the one it is after, at some
// 700 instructions each. With 200 files, that was four fifths of the time from
// disk to callable. The kernel never makes, grows or removes a file, so one
// pass at mount is good for the whole boot. The index lists only plain files of
// the root directory, under their 8.3 names, which is how the manifest names
// them.
//
// The index does not walk a file's chain of clusters, as fat16_open() does.
// fat16_read() checks each link it follows, and follows no more links than the
// size needs. If it fails, the caller uses fat16_open() to learn what is wrong.
// Only the object's checksum catches a chain that runs in a circle.

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

// Copies the name in upper case. False if it is empty or longer than an 8.3
// name.
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

// Of two files with one name the first counts, as in a lookup. A damaged entry
// is left out: fat16_open() then says what is wrong with it.
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
