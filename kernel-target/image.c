// The FAT16 volume on the disk and the manifest in it.
//
// If the disk has no valid volume, or the volume no valid manifest, the kernel
// says why and runs without functions. Everything else still works, so that the
// shell can look at the image.

#include "defs.h"

struct fat16_volume image_volume;
struct manifest image_manifest;
bool image_mounted, image_has_manifest;

// The buffer that files are read into. It grows to the largest file so far.
// Callers copy file contents that must outlive the next file.
static struct {
    uint8_t *bytes;
    uint32_t capacity;
} staging;

int image_mount(void) {
    int status = fat16_mount(&image_volume, disk_device());
    if (status < 0) {
        kprintf("[IMAGE] cannot mount the disk: %s\n", fat16_status_text(status));
        return status;
    }
    image_mounted = true;
    image_index_build();
    kprintf("[IMAGE] FAT16, %u clusters of %u bytes\n", image_volume.cluster_count,
            image_volume.sector_size << image_volume.cluster_shift);
    return 0;
}

static int reserve_staging(uint32_t size) {
    if (size <= staging.capacity)
        return 0;
    uint32_t capacity = round_up(size, 64 * KIB);
    uint32_t bytes = frames_allocate(capacity / PAGE_SIZE);
    if (bytes == 0)
        return -1;
    if (staging.capacity > 0)
        frames_free((uint32_t)staging.bytes, staging.capacity / PAGE_SIZE);
    staging.bytes = (uint8_t *)bytes;
    staging.capacity = capacity;
    return 0;
}

static int read_open_file(struct fat16_file *file, uint8_t **bytes, uint32_t *size) {
    // A file larger than the kernel's memory cannot be told from a damaged size.
    if (file->size > ELF_MAX_FILE || reserve_staging(file->size + 1) < 0)
        return FAT16_ERANGE;
    *bytes = staging.bytes;
    return fat16_read(file, 0, staging.bytes, file->size, size);
}

int image_read_file(const char *path, uint8_t **bytes, uint32_t *size) {
    struct fat16_file file;
    if (!image_mounted)
        return FAT16_EDEVICE;
    int status = fat16_open(&image_volume, path, &file);
    return status < 0 ? status : read_open_file(&file, bytes, size);
}

int image_read_object(const char *name, uint8_t **bytes, uint32_t *size) {
    struct fat16_file file;
    if (image_index_open(name, &file) && read_open_file(&file, bytes, size) == FAT16_OK)
        return FAT16_OK;
    return image_read_file(name, bytes, size);
}

// Every `data` and `function` line is longer than this, so a text of N bytes
// has fewer than N / 16 of them.
#define SHORTEST_LINE 16

static void size_manifest(uint32_t text_size) {
    uint32_t lines = text_size / SHORTEST_LINE + 1;
    image_manifest.function_capacity = lines;
    image_manifest.functions = allocate_pages(lines * sizeof *image_manifest.functions);
    image_manifest.data_capacity = lines;
    image_manifest.data = allocate_pages(lines * sizeof *image_manifest.data);
}

int image_read_manifest(void) {
    uint8_t *bytes;
    uint32_t size;
    struct manifest_error error;
    int status = image_read_file(MANIFEST_FILE, &bytes, &size);
    if (status < 0) {
        kprintf("[IMAGE] %s: %s\n", MANIFEST_FILE, fat16_status_text(status));
        return status;
    }
    char *text = allocate_pages(size + 1); // the parsed names stay in it
    memcpy(text, bytes, size);
    size_manifest(size);
    if ((status = manifest_parse(&image_manifest, text, size, &error)) < 0 ||
        (status = manifest_check_target(&image_manifest, &error)) < 0) {
        kprintf("[IMAGE] %s: %s\n", MANIFEST_FILE, error.text);
        image_manifest.function_count = image_manifest.data_count = 0;
        return status;
    }
    image_has_manifest = true;
    kprintf("[IMAGE] %s: %u functions, %u data objects, thresholds %u, %u, %u\n", MANIFEST_FILE,
            image_manifest.function_count, image_manifest.data_count, image_manifest.thresholds[0],
            image_manifest.thresholds[1], image_manifest.thresholds[2]);
    return 0;
}
