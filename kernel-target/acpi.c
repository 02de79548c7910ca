// Finds the processors in the firmware's ACPI tables (RSDP, RSDT, MADT).
//
// The kernel reads them before it turns paging on, because the firmware may put
// them anywhere in memory. It checks the sum of each table. Without valid
// tables it assumes one processor.

#include "defs.h"

#define BIOS_START 0xE0000
#define BIOS_END 0x100000
#define RSDP_STEP 16
#define RSDP_SIZE 20
#define TABLE_MAX 65536
#define MADT_LOCAL_APIC 0
#define MADT_ENABLED 1

struct Rsdp {
    char signature[8];
    uint8_t checksum;
    char oem[6];
    uint8_t revision;
    uint32_t rsdt;
} __attribute__((packed));

struct TableHeader {
    char signature[4];
    uint32_t length;
    uint8_t revision, checksum;
    char oem[6], oem_table[8];
    uint32_t oem_revision, creator, creator_revision;
} __attribute__((packed));

struct Madt {
    struct TableHeader header;
    uint32_t apic_base, flags;
    uint8_t entries[];
} __attribute__((packed));

struct LocalApicEntry {
    uint8_t type, length, processor, apic_id;
    uint32_t flags;
} __attribute__((packed));

static bool sum_is_zero(const void *bytes, uint32_t size) {
    uint8_t sum = 0;
    for (uint32_t i = 0; i < size; i++)
        sum = (uint8_t)(sum + ((const uint8_t *)bytes)[i]);
    return sum == 0;
}

static const struct Rsdp *find_rsdp(void) {
    for (uint32_t at = BIOS_START; at < BIOS_END; at += RSDP_STEP) {
        const struct Rsdp *rsdp = (const struct Rsdp *)at;
        if (memcmp(rsdp->signature, "RSD PTR ", 8) == 0 && sum_is_zero(rsdp, RSDP_SIZE))
            return rsdp;
    }
    return NULL;
}

static const struct TableHeader *table_at(uint32_t address, const char *signature) {
    const struct TableHeader *table = (const struct TableHeader *)address;
    if (memcmp(table->signature, signature, 4) != 0)
        return NULL;
    if (table->length < sizeof *table || table->length > TABLE_MAX)
        return NULL;
    return sum_is_zero(table, table->length) ? table : NULL;
}

static const struct Madt *find_madt(void) {
    const struct Rsdp *rsdp = find_rsdp();
    const struct TableHeader *rsdt = rsdp ? table_at(rsdp->rsdt, "RSDT") : NULL;
    if (!rsdt)
        return NULL;
    const uint32_t *tables = (const uint32_t *)(rsdt + 1);
    for (uint32_t i = 0; i < (rsdt->length - sizeof *rsdt) / sizeof *tables; i++) {
        const struct TableHeader *table = table_at(tables[i], "APIC");
        if (table && table->length >= sizeof(struct Madt))
            return (const struct Madt *)table;
    }
    return NULL;
}

uint32_t acpi_find_processors(uint8_t *apic_ids, uint32_t capacity, uint32_t *apic_base) {
    const struct Madt *madt = find_madt();
    uint32_t count = 0;
    if (!madt)
        return 0;
    *apic_base = madt->apic_base;
    uint32_t size = madt->header.length - sizeof *madt;
    for (uint32_t at = 0; at + 2 <= size && madt->entries[at + 1] >= 2;
         at += madt->entries[at + 1]) {
        const struct LocalApicEntry *entry = (const struct LocalApicEntry *)&madt->entries[at];
        if (entry->type != MADT_LOCAL_APIC || at + sizeof *entry > size)
            continue;
        if ((entry->flags & MADT_ENABLED) && count < capacity)
            apic_ids[count++] = entry->apic_id;
    }
    return count;
}
