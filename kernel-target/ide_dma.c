// Bus-master IDE: the disk controller moves the data itself.
//
//     qemu-system-i386 -drive file=IMAGE,format=raw,if=ide
//
// The kernel gives the controller a table of physical memory regions (PRDs) and
// starts it. It polls for completion, because the only thing that could run
// meanwhile is the idle loop that asked for the data. A mebibyte takes 2 ms
// under emulation; with programmed I/O it takes 41.

#include "ide.h"
#include "x86.h"

#define PCI_ADDRESS 0xCF8
#define PCI_DATA 0xCFC
#define PCI_DEVICES 32
#define PCI_FUNCTIONS 8
#define PCI_ID 0x00
#define PCI_COMMAND 0x04
#define PCI_CLASS 0x08
#define PCI_BAR4 0x20
#define PCI_COMMAND_IO 0x01
#define PCI_COMMAND_MASTER 0x04
#define CLASS_IDE 0x0101
#define PROGRAMMING_BUS_MASTER 0x80

// Registers of the primary channel, relative to the bus master's base.
#define MASTER_COMMAND 0
#define MASTER_STATUS 2
#define MASTER_TABLE 4
#define MASTER_START 0x01
#define MASTER_TO_MEMORY 0x08
#define MASTER_ACTIVE 0x01
#define MASTER_ERROR 0x02
#define MASTER_INTERRUPT 0x04

#define COMMAND_READ_DMA 0xC8
#define COMMAND_READ_DMA_EXT 0x25
#define COMMAND_WRITE_DMA 0xCA
#define COMMAND_WRITE_DMA_EXT 0x35
#define LBA28_MAX_SECTORS 256

#define REGION_MAX 0x10000u // a region neither exceeds nor crosses 64 KiB
#define REGION_LAST 0x8000

struct Region {
    uint32_t address;
    uint16_t size; // 0 means 64 KiB
    uint16_t flags;
};

// At worst every page of a request is a region of its own.
static struct Region regions[IDE_MAX_SECTORS * IDE_SECTOR / PAGE_SIZE + 1]
    __attribute__((aligned(4096)));

static uint32_t pci_read(uint32_t device, uint32_t function, uint32_t offset) {
    out32(PCI_ADDRESS, 1u << 31 | device << 11 | function << 8 | offset);
    return in32(PCI_DATA);
}

static void pci_write(uint32_t device, uint32_t function, uint32_t offset, uint32_t value) {
    out32(PCI_ADDRESS, 1u << 31 | device << 11 | function << 8 | offset);
    out32(PCI_DATA, value);
}

static bool use_controller(struct DiskPort *port, uint32_t device, uint32_t function) {
    uint32_t class = pci_read(device, function, PCI_CLASS);
    if (class >> 16 != CLASS_IDE || !(class >> 8 & PROGRAMMING_BUS_MASTER))
        return false;
    uint32_t bar = pci_read(device, function, PCI_BAR4);
    if (!(bar & 1) || (bar & 0xFFF0) == 0)
        return false;
    uint32_t command = pci_read(device, function, PCI_COMMAND) & 0xFFFF;
    pci_write(device, function, PCI_COMMAND, command | PCI_COMMAND_IO | PCI_COMMAND_MASTER);
    port->bus_master = bar & 0xFFF0;
    return true;
}

int ide_dma_find(struct DiskPort *port) {
    for (uint32_t device = 0; device < PCI_DEVICES; device++) {
        for (uint32_t function = 0; function < PCI_FUNCTIONS; function++) {
            if ((pci_read(device, function, PCI_ID) & 0xFFFF) == 0xFFFF)
                continue;
            if (use_controller(port, device, function))
                return 0;
        }
    }
    return -1;
}

// Describes the buffer; adjacent pages share a region as far as the rules allow.
static void fill_regions(uint32_t address, uint32_t size) {
    struct Region *region = NULL;
    uint32_t next = 0, held = 0; // the physical address that would extend the region
    uint32_t used = 0;
    while (size > 0) {
        uint32_t physical = paging_physical(address);
        uint32_t part = PAGE_SIZE - (address & (PAGE_SIZE - 1));
        if (part > size)
            part = size;
        if (!region || physical != next || (physical & (REGION_MAX - 1)) == 0) {
            region = &regions[used++];
            *region = (struct Region){.address = physical};
            held = 0;
        }
        held += part;
        region->size = (uint16_t)held;
        next = physical + part;
        address += part;
        size -= part;
    }
    region->flags = REGION_LAST;
}

static int wait_transfer(const struct DiskPort *port) {
    uint64_t start = rdtsc();
    for (;;) {
        uint8_t status = in8(port->bus_master + MASTER_STATUS);
        if (status & MASTER_ERROR)
            return -1;
        if (!(status & MASTER_ACTIVE))
            return 0;
        if (microseconds_since(start) > IDE_TIMEOUT_US)
            return -1;
        cpu_relax();
    }
}

static int transfer_part(const struct DiskPort *port, uint64_t first, uint32_t count,
                         uint32_t address, bool write) {
    uint8_t direction = write ? 0 : MASTER_TO_MEMORY;
    fill_regions(address, count * IDE_SECTOR);
    out8(port->bus_master + MASTER_COMMAND, direction);
    out32(port->bus_master + MASTER_TABLE, paging_physical((uint32_t)regions));
    out8(port->bus_master + MASTER_STATUS, MASTER_ERROR | MASTER_INTERRUPT); // clears them
    if (write)
        ide_issue(port, first, count, COMMAND_WRITE_DMA, COMMAND_WRITE_DMA_EXT);
    else
        ide_issue(port, first, count, COMMAND_READ_DMA, COMMAND_READ_DMA_EXT);
    out8(port->bus_master + MASTER_COMMAND, direction | MASTER_START);
    int moved = wait_transfer(port);
    out8(port->bus_master + MASTER_COMMAND, direction);
    return moved < 0 || ide_wait_ready(port) < 0 ? -1 : 0;
}

int ide_dma_transfer(const struct DiskPort *port, uint64_t first, uint32_t count, void *buffer,
                     bool write) {
    uint32_t address = (uint32_t)buffer;
    uint32_t most = port->lba48 ? IDE_MAX_SECTORS : LBA28_MAX_SECTORS;
    if (address & 1)
        return -1; // the controller moves words
    while (count > 0) {
        uint32_t part = count < most ? count : most;
        if (transfer_part(port, first, part, address, write) < 0)
            return -1;
        first += part;
        address += part * IDE_SECTOR;
        count -= part;
    }
    return 0;
}
