// The ATA command block, shared by the two ways of moving data.
#ifndef AJIT_KERNEL_IDE_H
#define AJIT_KERNEL_IDE_H

#include "defs.h"

// Registers, relative to DiskPort.command.
enum {
    ATA_DATA = 0,
    ATA_SECTOR_COUNT = 2,
    ATA_LBA_LOW = 3,
    ATA_LBA_MIDDLE = 4,
    ATA_LBA_HIGH = 5,
    ATA_DEVICE = 6,
    ATA_STATUS = 7,
    ATA_COMMAND = 7,
};

enum {
    ATA_STATUS_ERROR = 0x01,
    ATA_STATUS_REQUEST = 0x08, // data to be moved
    ATA_STATUS_FAULT = 0x20,
    ATA_STATUS_BUSY = 0x80,
};

enum {
    ATA_DEVICE_LBA = 0xE0, // the first device, addressed by sector number
    ATA_CONTROL_NO_INTERRUPTS = 0x02,
};

enum { IDE_TIMEOUT_US = 5000000 };

#endif
