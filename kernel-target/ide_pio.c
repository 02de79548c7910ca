// ATA commands, and data moved by the processor.
//
// The kernel identifies the disk with these commands, and transfers data with
// them if there is no bus master. It moves one READ MULTIPLE block of 16
// sectors per status check, with `rep insw`; sector by sector is five times
// slower under emulation.

#include "ide.h"
#include "x86.h"

enum {
    COMMAND_IDENTIFY = 0xEC,
    COMMAND_SET_MULTIPLE = 0xC6,
    COMMAND_READ_MULTIPLE = 0xC4,
    COMMAND_READ_MULTIPLE_EXT = 0x29,
    COMMAND_WRITE_MULTIPLE = 0xC5,
    COMMAND_WRITE_MULTIPLE_EXT = 0x39,
};

enum { BLOCK_SECTORS = 16, SECTOR_WORDS = IDE_SECTOR / 2, LBA28_MAX_SECTORS = 256 };

// Word offsets in the identification.
enum { ID_MULTIPLE = 47, ID_SECTORS28 = 60, ID_COMMANDS = 83, ID_SECTORS48 = 100 };
enum { ID_COMMANDS_LBA48 = 1 << 10 };

// Waits until the device is not busy. Returns its status, or -1 after an error
// or a timeout.
static int wait_status(const struct DiskPort *port) {
    uint64_t start = rdtsc();
    for (;;) {
        uint8_t status = in8(port->command + ATA_STATUS);
        if (!(status & ATA_STATUS_BUSY))
            return status & (ATA_STATUS_ERROR | ATA_STATUS_FAULT) ? -1 : status;
        if (microseconds_since(start) > IDE_TIMEOUT_US)
            return -1;
    }
}

int ide_wait_ready(const struct DiskPort *port) {
    return wait_status(port) < 0 ? -1 : 0;
}

void ide_issue(const struct DiskPort *port, uint64_t first, uint32_t count, uint8_t command28,
               uint8_t command48) {
    uint8_t device = ATA_DEVICE_LBA;
    if (port->lba48) { // the high bytes first, into the same registers
        out8(port->command + ATA_DEVICE, device);
        out8(port->command + ATA_SECTOR_COUNT, (uint8_t)(count >> 8));
        out8(port->command + ATA_LBA_LOW, (uint8_t)(first >> 24));
        out8(port->command + ATA_LBA_MIDDLE, (uint8_t)(first >> 32));
        out8(port->command + ATA_LBA_HIGH, (uint8_t)(first >> 40));
    } else {
        out8(port->command + ATA_DEVICE, device | (first >> 24 & 0x0F));
    }
    out8(port->command + ATA_SECTOR_COUNT, (uint8_t)count);
    out8(port->command + ATA_LBA_LOW, (uint8_t)first);
    out8(port->command + ATA_LBA_MIDDLE, (uint8_t)(first >> 8));
    out8(port->command + ATA_LBA_HIGH, (uint8_t)(first >> 16));
    out8(port->command + ATA_COMMAND, port->lba48 ? command48 : command28);
}

int ide_identify(struct DiskPort *port) {
    uint16_t id[SECTOR_WORDS];
    out8(port->control, ATA_CONTROL_NO_INTERRUPTS);
    out8(port->command + ATA_DEVICE, ATA_DEVICE_LBA);
    uint8_t status = in8(port->command + ATA_STATUS);
    if (status == 0 || status == 0xFF)
        return -1; // no disk, or no controller
    out8(port->command + ATA_COMMAND, COMMAND_IDENTIFY);
    int ready = wait_status(port); // a CD-ROM drive refuses the command
    if (ready < 0 || !(ready & ATA_STATUS_REQUEST))
        return -1;
    in16_block(port->command + ATA_DATA, id, SECTOR_WORDS);
    port->lba48 = id[ID_COMMANDS] & ID_COMMANDS_LBA48;
    port->sector_count = id[ID_SECTORS28] | (uint32_t)id[ID_SECTORS28 + 1] << 16;
    if (port->lba48)
        port->sector_count = id[ID_SECTORS48] | (uint32_t)id[ID_SECTORS48 + 1] << 16 |
                             (uint64_t)id[ID_SECTORS48 + 2] << 32;
    if ((id[ID_MULTIPLE] & 0xFF) < BLOCK_SECTORS)
        return -1;
    out8(port->command + ATA_SECTOR_COUNT, BLOCK_SECTORS);
    out8(port->command + ATA_COMMAND, COMMAND_SET_MULTIPLE);
    return ide_wait_ready(port);
}

// Moves the data of one command, a block at a time.
static int move_blocks(const struct DiskPort *port, uint32_t count, uint8_t *bytes, bool write) {
    while (count > 0) {
        uint32_t block = count < BLOCK_SECTORS ? count : BLOCK_SECTORS;
        int status = wait_status(port);
        if (status < 0 || !(status & ATA_STATUS_REQUEST))
            return -1;
        if (write)
            out16_block(port->command + ATA_DATA, bytes, block * SECTOR_WORDS);
        else
            in16_block(port->command + ATA_DATA, bytes, block * SECTOR_WORDS);
        bytes += block * IDE_SECTOR;
        count -= block;
    }
    return ide_wait_ready(port);
}

int ide_pio_transfer(const struct DiskPort *port, uint64_t first, uint32_t count, void *buffer,
                     bool write) {
    uint8_t *bytes = buffer;
    while (count > 0) {
        uint32_t part = count < LBA28_MAX_SECTORS ? count : LBA28_MAX_SECTORS;
        if (write)
            ide_issue(port, first, part, COMMAND_WRITE_MULTIPLE, COMMAND_WRITE_MULTIPLE_EXT);
        else
            ide_issue(port, first, part, COMMAND_READ_MULTIPLE, COMMAND_READ_MULTIPLE_EXT);
        if (move_blocks(port, part, bytes, write) < 0)
            return -1;
        first += part;
        bytes += part * IDE_SECTOR;
        count -= part;
    }
    return 0;
}
