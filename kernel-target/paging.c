// The address space: one set of PAE tables for all processors.
//
// Physical memory is mapped at its own addresses, in pages of 4 KiB so that
// each can have its own rights. Only the kernel's text is executable, its
// constants are read-only, and page 0 is absent to catch null pointers. Memory
// given to a pool or a stack leaves this direct mapping and appears at its own
// place above CODE_RUN_BASE instead. So the aliases listed in defs.h are the
// only ones: no frame is both writable and executable through one address, and
// code is writable only through the alias that the linker uses.
//
// With CR0.WP and EFER.NXE the kernel's own accesses obey the same rights.
//
// The boot processor makes the mappings at boot, before the other processor
// starts. Afterwards it only adds mappings. So no processor has a stale
// translation to drop.

#include "defs.h"
#include "x86.h"

#define ENTRIES 512
#define ADDRESS_MASK 0x000FFFFFFFFFF000ull

extern uint8_t kernel_text_start[], kernel_rodata_start[], kernel_data_start[];

static uint64_t directory_pointers[4] __attribute__((aligned(32)));
static uint64_t directories[4][ENTRIES] __attribute__((aligned(4096)));

static uint64_t *entry_of(uint32_t address, bool create) {
    uint64_t *directory_entry = &directories[address >> 30][address >> 21 & (ENTRIES - 1)];
    if (!(*directory_entry & PAGE_PRESENT)) {
        if (!create)
            return NULL;
        *directory_entry = (uint32_t)allocate_pages(PAGE_SIZE) | PAGE_PRESENT | PAGE_WRITABLE;
    }
    uint64_t *table = (uint64_t *)(uint32_t)(*directory_entry & ADDRESS_MASK);
    return &table[address >> 12 & (ENTRIES - 1)];
}

void paging_map(uint32_t address, uint32_t frame, uint64_t flags) {
    *entry_of(address, true) = frame | flags | PAGE_PRESENT;
    invlpg(address);
}

void paging_unmap(uint32_t address) {
    uint64_t *entry = entry_of(address, false);
    if (entry)
        *entry = 0;
    invlpg(address);
}

uint32_t paging_physical(uint32_t address) {
    uint64_t *entry = entry_of(address, false);
    if (!entry || !(*entry & PAGE_PRESENT))
        panic("no memory at 0x%08x", address);
    return (uint32_t)(*entry & ADDRESS_MASK) | (address & (PAGE_SIZE - 1));
}

static uint64_t direct_mapping_flags(uint32_t address) {
    if (address >= (uint32_t)kernel_text_start && address < (uint32_t)kernel_rodata_start)
        return 0;
    if (address >= (uint32_t)kernel_rodata_start && address < (uint32_t)kernel_data_start)
        return PAGE_NO_EXECUTE;
    return PAGE_WRITABLE | PAGE_NO_EXECUTE;
}

void paging_init(void) {
    for (uint32_t i = 0; i < 4; i++)
        directory_pointers[i] = (uint32_t)directories[i] | PAGE_PRESENT;
    for (uint32_t address = PAGE_SIZE; address < frames_memory_top(); address += PAGE_SIZE)
        paging_map(address, address, direct_mapping_flags(address));
}

// The boot processor calls this after paging_init(). The other processor calls
// it from boot.S, before it has a stack that paging provides.
void paging_enable(void) {
    write_cr3((uint32_t)directory_pointers);
    write_cr4(read_cr4() | CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT);
    wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_NXE);
    write_cr0((read_cr0() & ~CR0_EM) | CR0_PG | CR0_WP | CR0_MP | CR0_NE);
}
