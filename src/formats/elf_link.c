/// Placing and relocating a validated object.
///
/// Ownership: between `allocate_blocks` and the return, the blocks belong to
/// the image being built; after a success they belong to the caller. Every
/// other step that can fail runs before the allocation. So the only failure
/// with a block to release is a full second pool, and one place releases it.
///
/// Layout: one block per pool. Sections keep the order of the file, except that
/// the constructor tables come after the other data, in the order of their
/// priorities, so that the caller sees one array. COMMON symbols follow.
/// Validation has bounded the sums, so nothing here can overflow.
#include "elf_format.h"

/// What the steps of one link share.
struct link {
    const struct elf_object *object;
    const struct elf_host *host;
    struct elf_image *image;
    struct elf_error *error;
    uint32_t sizes[ELF_POOL_COUNT];      ///< of the blocks, as laid out so far
    uint32_t alignments[ELF_POOL_COUNT]; ///< the strictest seen
    uint32_t init_offset;                ///< of the constructor table in the data block
};

static struct elf_home *home_of(const struct link *link, uint32_t section) {
    return &link->object->workspace->sections[section];
}

static bool is_placed(const struct link *link, uint32_t index,
                      const struct elf32_section *section) {
    return elf_section_is_loaded(link->object, section) &&
           !(home_of(link, index)->state & ELF_HOME_DISCARDED);
}

static bool in_discarded_section(const struct link *link, const struct elf32_symbol *symbol) {
    return elf_symbol_has_section(symbol) &&
           (home_of(link, symbol->shndx)->state & ELF_HOME_DISCARDED);
}

// Groups

static void discard_group(struct link *link, const struct elf32_section *group) {
    const uint8_t *members = link->object->bytes + group->offset;
    for (uint32_t i = 1; i < group->size / 4; i++)
        home_of(link, elf_load32(members + 4 * i))->state |= ELF_HOME_DISCARDED;
}

static void choose_groups(struct link *link) {
    const struct elf_object *object = link->object;
    for (uint32_t i = 1; i < object->sections.count; i++)
        home_of(link, i)->state &= (uint8_t)~ELF_HOME_DISCARDED;
    if (!link->host->keep_group)
        return;
    for (uint32_t i = 1; i < object->sections.count; i++) {
        struct elf32_section section = elf_section(object, i);
        if (section.type != SHT_GROUP || !(elf_load32(object->bytes + section.offset) & GRP_COMDAT))
            continue;
        struct elf32_symbol signature = elf_symbol(object, section.info);
        if (!link->host->keep_group(link->host->context, elf_symbol_name(object, &signature)))
            discard_group(link, &section);
    }
}

// Layout

static uint32_t reserve(struct link *link, enum elf_pool pool, uint32_t size, uint32_t alignment) {
    if (alignment == 0)
        alignment = 1;
    if (link->alignments[pool] < alignment)
        link->alignments[pool] = alignment;
    uint32_t offset = (link->sizes[pool] + alignment - 1) & ~(alignment - 1);
    link->sizes[pool] = offset + size;
    return offset;
}

static void lay_out_sections(struct link *link) {
    for (uint32_t i = 1; i < link->object->sections.count; i++) {
        struct elf32_section section = elf_section(link->object, i);
        if (!is_placed(link, i, &section) || section.type == SHT_INIT_ARRAY)
            continue;
        struct elf_home *home = home_of(link, i);
        home->pool = (uint8_t)elf_section_pool(&section);
        home->offset = reserve(link, elf_section_pool(&section), section.size, section.addralign);
    }
}

enum { INIT_PRIORITY_NONE = 65536 }; ///< after every explicit priority, 0 to 65535

/// N of ".init_array.N", or INIT_PRIORITY_NONE for any other name; never more.
static uint32_t init_priority(const char *name) {
    uint32_t priority = 0;
    unsigned length = sizeof ".init_array" - 1;
    if (strlen(name) <= length || name[length] != '.')
        return INIT_PRIORITY_NONE;
    for (const char *at = name + length + 1; *at; at++) {
        if (*at < '0' || *at > '9')
            return INIT_PRIORITY_NONE;
        priority = priority * 10 + (uint32_t)(*at - '0');
        if (priority >= INIT_PRIORITY_NONE)
            return INIT_PRIORITY_NONE;
    }
    return priority;
}

/// Lays out the constructor tables of one priority. Stores the next higher
/// priority in use in `*next`, and leaves `*next` alone if this is the highest.
static void lay_out_init_arrays(struct link *link, uint32_t priority, uint32_t *next) {
    for (uint32_t i = 1; i < link->object->sections.count; i++) {
        struct elf32_section section = elf_section(link->object, i);
        if (!is_placed(link, i, &section) || section.type != SHT_INIT_ARRAY)
            continue;
        uint32_t its = init_priority(elf_section_name(link->object, &section));
        if (its > priority && its < *next)
            *next = its;
        if (its != priority)
            continue;
        struct elf_home *home = home_of(link, i);
        home->pool = ELF_POOL_DATA;
        home->offset = reserve(link, ELF_POOL_DATA, section.size, 4);
    }
}

static void lay_out_constructors(struct link *link) {
    uint32_t priority = 0;
    link->init_offset = reserve(link, ELF_POOL_DATA, 0, 4);
    while (priority <= INIT_PRIORITY_NONE) {
        uint32_t next = INIT_PRIORITY_NONE + 1;
        lay_out_init_arrays(link, priority, &next);
        priority = next;
    }
    link->image->init_array_count = (link->sizes[ELF_POOL_DATA] - link->init_offset) / 4;
}

/// Until the blocks exist, a COMMON symbol's address entry holds its offset in
/// the data.
static void lay_out_common(struct link *link) {
    const struct elf_object *object = link->object;
    for (uint32_t i = object->first_global; i < object->symbols.count; i++) {
        struct elf32_symbol symbol = elf_symbol(object, i);
        if (symbol.shndx == SHN_COMMON)
            object->workspace->symbols[i] = reserve(link, ELF_POOL_DATA, symbol.size, symbol.value);
    }
}

// Symbols

/// Whether a symbol's address comes from outside the object.
static bool is_import(const struct link *link, const struct elf32_symbol *symbol) {
    return symbol->shndx == SHN_UNDEF || in_discarded_section(link, symbol);
}

static bool is_applied(const struct link *link, const struct elf32_section *table) {
    return elf_section_is_relocation(link->object, table) &&
           !(home_of(link, table->info)->state & ELF_HOME_DISCARDED);
}

/// Marks the imports that a relocation table uses, in the symbols' address
/// entries. A local symbol of a discarded group has no definition elsewhere, so
/// using one is an error.
static int mark_imports(const struct link *link, const struct elf32_section *table) {
    const struct elf_object *object = link->object;
    for (uint32_t i = 0; i < table->size / sizeof(struct elf32_relocation); i++) {
        struct elf32_relocation relocation = elf_relocation(object, table, i);
        uint32_t index = elf_relocation_symbol(&relocation);
        struct elf32_symbol symbol = elf_symbol(object, index);
        if (index == 0 || !is_import(link, &symbol))
            continue;
        if (index < object->first_global)
            return elf_fail_symbol(link->error, ELF_EGROUP, object, index,
                                   "local to a discarded group, but a loaded section uses it");
        object->workspace->symbols[index] = 1;
    }
    return ELF_OK;
}

static int resolve_symbol(const struct link *link, uint32_t index,
                          const struct elf32_symbol *symbol) {
    const struct elf_object *object = link->object;
    uint32_t *address = &object->workspace->symbols[index];
    if (link->host->resolve(link->host->context, elf_symbol_name(object, symbol), address) >= 0)
        return ELF_OK;
    *address = 0;
    if (elf_symbol_binding(symbol) == STB_WEAK && symbol->shndx == SHN_UNDEF)
        return ELF_OK;
    return elf_fail_symbol(link->error, ELF_EUNRESOLVED, object, index,
                           "not defined by the program or the kernel");
}

/// Resolves only the imports that loaded code or data refers to. A symbol that
/// only .eh_frame or debug information names (a personality routine, say) need
/// not exist.
static int resolve_imports(const struct link *link) {
    const struct elf_object *object = link->object;
    uint32_t *addresses = object->workspace->symbols;
    for (uint32_t i = 0; i < object->symbols.count; i++) {
        struct elf32_symbol symbol = elf_symbol(object, i);
        if (is_import(link, &symbol))
            addresses[i] = 0;
    }
    int status = ELF_OK;
    for (uint32_t i = 1; !status && i < object->sections.count; i++) {
        struct elf32_section table = elf_section(object, i);
        if (is_applied(link, &table))
            status = mark_imports(link, &table);
    }
    for (uint32_t i = object->first_global; !status && i < object->symbols.count; i++) {
        struct elf32_symbol symbol = elf_symbol(object, i);
        if (is_import(link, &symbol) && addresses[i])
            status = resolve_symbol(link, i, &symbol);
    }
    return status;
}

static uint32_t address_in_section(const struct link *link, const struct elf32_symbol *symbol) {
    struct elf32_section section = elf_section(link->object, symbol->shndx);
    if (!is_placed(link, symbol->shndx, &section))
        return 0;
    const struct elf_home *home = home_of(link, symbol->shndx);
    return link->image->blocks[home->pool].run + home->offset + symbol->value;
}

/// Gives every symbol that this object defines its address.
static void place_symbols(const struct link *link) {
    const struct elf_object *object = link->object;
    for (uint32_t i = 1; i < object->symbols.count; i++) {
        struct elf32_symbol symbol = elf_symbol(object, i);
        uint32_t *address = &object->workspace->symbols[i];
        if (symbol.shndx == SHN_ABS)
            *address = symbol.value;
        else if (symbol.shndx == SHN_COMMON)
            *address += link->image->blocks[ELF_POOL_DATA].run;
        else if (!is_import(link, &symbol))
            *address = address_in_section(link, &symbol);
    }
}

// Memory

/// The byte that fills a pool's gaps: a breakpoint in code, zero in data. The
/// zeros are also the contents of NOBITS sections and COMMON symbols.
static int filler(enum elf_pool pool) {
    return pool == ELF_POOL_CODE ? 0xcc : 0;
}

static int allocate_blocks(const struct link *link) {
    for (unsigned pool = 0; pool < ELF_POOL_COUNT; pool++) {
        struct elf_block *block = &link->image->blocks[pool];
        uint32_t size = link->sizes[pool];
        if (size == 0)
            continue;
        if (link->host->allocate(link->host->context, (enum elf_pool)pool, size,
                                 link->alignments[pool], block) < 0) {
            memset(block, 0, sizeof *block);
            struct text text = elf_error_begin(link->error, ELF_ENO_MEMORY);
            text_add(&text, pool == ELF_POOL_CODE ? "code" : "data");
            text_add(&text, " pool has no room for ");
            text_add_number(&text, size);
            text_add(&text, " bytes");
            return ELF_ENO_MEMORY;
        }
        block->size = size;
        memset(block->write, filler((enum elf_pool)pool), size);
    }
    return ELF_OK;
}

static uint8_t *write_address(const struct link *link, uint32_t section) {
    const struct elf_home *home = home_of(link, section);
    return (uint8_t *)link->image->blocks[home->pool].write + home->offset;
}

static void copy_sections(const struct link *link) {
    for (uint32_t i = 1; i < link->object->sections.count; i++) {
        struct elf32_section section = elf_section(link->object, i);
        if (is_placed(link, i, &section) && section.type != SHT_NOBITS && section.size != 0)
            memcpy(write_address(link, i), link->object->bytes + section.offset, section.size);
    }
}

// Relocations

/// Stores S + A, minus P if the type is relative to the place. The addend A is
/// the value that the object has there. Addresses wrap around, as they do in
/// the processor.
static void relocate_one(const struct link *link, uint32_t section,
                         const struct elf32_relocation *relocation) {
    uint8_t *place = write_address(link, section) + relocation->offset;
    uint32_t value =
        elf_load32(place) + link->object->workspace->symbols[elf_relocation_symbol(relocation)];
    if (elf_relocation_type(relocation) != R_386_32) {
        const struct elf_home *home = home_of(link, section);
        value -= link->image->blocks[home->pool].run + home->offset + relocation->offset;
    }
    memcpy(place, &value, sizeof value);
}

static void relocate(const struct link *link) {
    const struct elf_object *object = link->object;
    for (uint32_t i = 1; i < object->sections.count; i++) {
        struct elf32_section table = elf_section(object, i);
        if (!is_applied(link, &table))
            continue;
        for (uint32_t k = 0; k < table.size / sizeof(struct elf32_relocation); k++) {
            struct elf32_relocation relocation = elf_relocation(object, &table, k);
            relocate_one(link, table.info, &relocation);
        }
    }
}

int elf_object_link(const struct elf_object *object, const struct elf_host *host,
                    struct elf_image *image, struct elf_error *error) {
    struct link link = {.object = object, .host = host, .image = image, .error = error};
    int status;
    memset(image, 0, sizeof *image);

    choose_groups(&link);
    lay_out_sections(&link);
    lay_out_constructors(&link);
    lay_out_common(&link);
    if ((status = resolve_imports(&link)) || (status = allocate_blocks(&link)))
        goto bad;
    place_symbols(&link);
    copy_sections(&link);
    relocate(&link);
    if (image->init_array_count)
        image->init_array = image->blocks[ELF_POOL_DATA].run + link.init_offset;
    return ELF_OK;

bad:
    elf_image_release(image, host);
    return status;
}

void elf_image_release(struct elf_image *image, const struct elf_host *host) {
    for (unsigned pool = 0; pool < ELF_POOL_COUNT; pool++)
        if (image->blocks[pool].write)
            host->release(host->context, (enum elf_pool)pool, &image->blocks[pool]);
    memset(image, 0, sizeof *image);
}
