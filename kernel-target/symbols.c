// The names a loaded object may refer to: every function's entry stub, the
// globals of the data objects, and the kernel's exports.
//
// One open-addressing hash table, at most half full, because linking asks for
// every undefined symbol of every object. Names are not copied: a stub's is in
// the manifest's text, an export's in the kernel, a global's in METADATA.

#include "defs.h"

#include <formats/exports.h>
#include <formats/hash.h>

struct Symbol {
    const char *name; // null: the slot is free
    uint32_t address;
};

static struct {
    struct Symbol *slots;
    uint32_t capacity; // a power of two
    uint32_t used;
} symbols;

// The slot that holds `name`, or the free one where it belongs.
static struct Symbol *slot_of(const char *name) {
    uint32_t mask = symbols.capacity - 1;
    uint32_t at = (uint32_t)hash64_text(HASH64_START, name) & mask;
    while (symbols.slots[at].name && !same_text(symbols.slots[at].name, name))
        at = (at + 1) & mask;
    return &symbols.slots[at];
}

void symbols_init(uint32_t capacity) {
    symbols.capacity = 64;
    while (symbols.capacity < capacity)
        symbols.capacity *= 2;
    symbols.slots = allocate_pages(symbols.capacity * sizeof *symbols.slots);
    symbols.used = 0;
}

static void grow(void) {
    struct Symbol *old = symbols.slots;
    uint32_t old_capacity = symbols.capacity, used = symbols.used;
    symbols_init(old_capacity * 2);
    for (uint32_t i = 0; i < old_capacity; i++)
        if (old[i].name)
            *slot_of(old[i].name) = old[i];
    symbols.used = used;
    frames_free((uint32_t)old, round_up(old_capacity * sizeof *old, PAGE_SIZE) / PAGE_SIZE);
}

int symbol_define(const char *name, uint32_t address) {
    if (2 * symbols.used >= symbols.capacity)
        grow();
    struct Symbol *slot = slot_of(name);
    if (slot->name)
        return -1;
    *slot = (struct Symbol){name, address};
    symbols.used++;
    return 0;
}

bool symbol_find(const char *name, uint32_t *address) {
    const struct Symbol *slot = slot_of(name);
    if (!slot->name)
        return false;
    *address = slot->address;
    return true;
}

// Only the addresses matter here; the true types are in the compiler's runtime
// and in library.c.
#define DECLARE(name, signature) extern uint8_t export_##name[] __asm__(#name);
AJIT_EXPORTS(DECLARE)

void symbols_add_exports(void) {
#define DEFINE(name, signature) symbol_define(#name, (uint32_t)export_##name);
    AJIT_EXPORTS(DEFINE)
}
