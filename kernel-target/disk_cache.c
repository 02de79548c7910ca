// A read-ahead cache between the file system and the disk.
//
// Under emulation a request costs some 60 µs, however small. Reading one object
// of a kilobyte through FAT and directory takes half a dozen requests. The
// files of an image were written one after another, so the next request is
// likely to be for the sectors around the last small one. The cache therefore
// serves small reads from lines of 64 KiB and replaces the least recently used
// line. Large reads go to the disk directly. Writes go through to the disk, and
// the cache drops the lines that hold the old bytes, so a line never differs
// from the disk.

#include "defs.h"

#define LINES 16
#define LINE_SECTORS 128u
#define LARGE_SECTORS 64u // half a line: not worth copying
#define NO_LINE UINT64_MAX

struct Line {
    uint64_t number; // its first sector / LINE_SECTORS; NO_LINE: empty
    uint32_t used;   // value of `clock` at the last use
    uint8_t *bytes;
};

static struct {
    const struct block_device *disk;
    struct Line lines[LINES];
    uint32_t clock;
} cache;

static struct Line *least_recently_used(void) {
    struct Line *oldest = &cache.lines[0];
    for (uint32_t i = 1; i < LINES; i++)
        if (cache.clock - cache.lines[i].used > cache.clock - oldest->used)
            oldest = &cache.lines[i];
    return oldest;
}

static struct Line *find_line(uint64_t number) {
    for (uint32_t i = 0; i < LINES; i++)
        if (cache.lines[i].number == number)
            return &cache.lines[i];
    return NULL;
}

// Returns null if the disk fails.
static struct Line *fetch_line(uint64_t number) {
    struct Line *line = find_line(number);
    if (!line) {
        uint64_t first = number * LINE_SECTORS, left = cache.disk->sector_count - first;
        uint32_t count = left < LINE_SECTORS ? (uint32_t)left : LINE_SECTORS;
        line = least_recently_used();
        line->number = NO_LINE;
        if (cache.disk->read(cache.disk->context, first, count, line->bytes) < 0)
            return NULL;
        line->number = number;
    }
    line->used = ++cache.clock;
    return line;
}

static int read_cached(void *context, uint64_t first, uint32_t count, void *buffer) {
    (void)context;
    if (count >= LARGE_SECTORS)
        return cache.disk->read(cache.disk->context, first, count, buffer);
    uint8_t *to = buffer;
    while (count > 0) {
        const struct Line *line = fetch_line(first / LINE_SECTORS);
        if (!line)
            return -1;
        uint32_t skip = (uint32_t)first % LINE_SECTORS;
        uint32_t part = LINE_SECTORS - skip < count ? LINE_SECTORS - skip : count;
        memcpy(to, line->bytes + skip * IDE_SECTOR, part * IDE_SECTOR);
        to += part * IDE_SECTOR;
        first += part;
        count -= part;
    }
    return 0;
}

static int write_through(void *context, uint64_t first, uint32_t count, const void *buffer) {
    (void)context;
    for (uint32_t i = 0; i < LINES; i++) {
        struct Line *line = &cache.lines[i];
        if (line->number == NO_LINE)
            continue;
        uint64_t start = line->number * LINE_SECTORS;
        if (first < start + LINE_SECTORS && start < first + count)
            line->number = NO_LINE;
    }
    return cache.disk->write(cache.disk->context, first, count, buffer);
}

void disk_cache_init(const struct block_device *disk, struct block_device *cached) {
    cache.disk = disk;
    uint8_t *bytes = allocate_pages(LINES * LINE_SECTORS * IDE_SECTOR);
    for (uint32_t i = 0; i < LINES; i++)
        cache.lines[i] = (struct Line){NO_LINE, 0, bytes + i * LINE_SECTORS * IDE_SECTOR};
    *cached = *disk;
    cached->read = read_cached;
    cached->write = write_through;
}
