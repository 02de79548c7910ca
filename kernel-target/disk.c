// The disk that holds the image: the first one on the primary IDE channel.
//
// Transfers use the bus master if the machine has one, else programmed I/O. If
// a bus-master transfer fails, the kernel says so and uses programmed I/O from
// then on.

#include "defs.h"

static struct {
    struct DiskPort port;
    struct block_device device; // the disk itself
    struct block_device cached; // what the file system sees
    bool use_dma;
} disk = {.port = {.command = 0x1F0, .control = 0x3F6}};

static int transfer(uint64_t first, uint32_t count, void *buffer, bool write) {
    if (disk.use_dma) {
        if (ide_dma_transfer(&disk.port, first, count, buffer, write) == 0)
            return 0;
        kprintf("[DISK] bus-master transfer of %u sectors at %llu failed; the kernel uses "
                "programmed I/O from now on\n",
                count, first);
        disk.use_dma = false;
    }
    return ide_pio_transfer(&disk.port, first, count, buffer, write);
}

static int read_sectors(void *context, uint64_t first, uint32_t count, void *buffer) {
    (void)context;
    return transfer(first, count, buffer, false);
}

static int write_sectors(void *context, uint64_t first, uint32_t count, const void *buffer) {
    (void)context;
    return transfer(first, count, (void *)(uintptr_t)buffer, true);
}

int disk_init(bool programmed_io_only) {
    if (ide_identify(&disk.port) < 0)
        return -1;
    disk.use_dma = !programmed_io_only && ide_dma_find(&disk.port) == 0;
    disk.device = (struct block_device){
        .sector_size = IDE_SECTOR,
        .sector_count = disk.port.sector_count,
        .read = read_sectors,
        .write = write_sectors,
    };
    disk_cache_init(&disk.device, &disk.cached);
    return 0;
}

const struct block_device *disk_device(void) {
    return &disk.cached;
}

const char *disk_description(void) {
    return disk.use_dma ? "IDE, bus-master DMA" : "IDE, programmed I/O";
}
