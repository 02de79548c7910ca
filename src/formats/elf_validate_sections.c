/// Validating an object, first step: the file header, the section headers, and
/// the string table of their names.
///
/// One function checks one fact, as in Linux's `elf_validity_*`. Each relies on
/// the facts checked before it, and the order in `elf_validate_sections`
/// follows from that. All sums are in 64 bits.
#include "elf_validate.h"

static int check_ident(const struct elf32_header *header, struct elf_error *error) {
    static const uint8_t magic[4] = {0x7f, 'E', 'L', 'F'};
    if (memcmp(header->ident, magic, sizeof magic) != 0)
        return elf_fail(error, ELF_EHEADER, "not an ELF file");
    if (header->ident[4] != ELF_CLASS_32)
        return elf_fail(error, ELF_EHEADER, "not a 32-bit ELF file");
    if (header->ident[5] != ELF_DATA_LITTLE)
        return elf_fail(error, ELF_EHEADER, "not a little-endian ELF file");
    if (header->ident[6] != ELF_VERSION_CURRENT || header->version != ELF_VERSION_CURRENT)
        return elf_fail(error, ELF_EHEADER, "unknown ELF version");
    return ELF_OK;
}

static int check_type(const struct elf32_header *header, struct elf_error *error) {
    if (header->type != ELF_TYPE_REL)
        return elf_fail(error, ELF_EHEADER, "not a relocatable object");
    if (header->machine != ELF_MACHINE_386)
        return elf_fail(error, ELF_EHEADER, "not an i386 object");
    if (header->ehsize != sizeof(struct elf32_header))
        return elf_fail(error, ELF_EHEADER, "file header of the wrong size");
    return ELF_OK;
}

static int check_section_table(struct elf_object *object, const struct elf32_header *header,
                               struct elf_error *error) {
    if (header->shentsize != sizeof(struct elf32_section))
        return elf_fail(error, ELF_EHEADER, "section headers of the wrong size");
    if (header->shnum == 0)
        return elf_fail(error, ELF_EHEADER, "no section headers");
    if (header->shnum >= SHN_LORESERVE)
        return elf_fail(error, ELF_ELIMIT, "too many sections");
    uint64_t end = (uint64_t)header->shoff + (uint64_t)header->shnum * sizeof(struct elf32_section);
    if (end > object->size)
        return elf_fail(error, ELF_EHEADER, "section headers reach past the end of the file");
    if (header->shstrndx == SHN_UNDEF || header->shstrndx >= header->shnum)
        return elf_fail(error, ELF_EHEADER,
                        "the section that should hold the section names does not exist");
    object->sections.offset = header->shoff;
    object->sections.count = header->shnum;
    object->sections.size = (uint32_t)(header->shnum * sizeof(struct elf32_section));
    return ELF_OK;
}

static int check_null_section(const struct elf_object *object, struct elf_error *error) {
    static const struct elf32_section null;
    struct elf32_section section = elf_section(object, 0);
    if (memcmp(&section, &null, sizeof null) != 0)
        return elf_fail(error, ELF_ESECTION, "section 0 is not null");
    return ELF_OK;
}

static int check_section_room(const struct elf_object *object, struct elf_error *error) {
    if (object->sections.count <= object->workspace->section_capacity)
        return ELF_OK;
    struct text text = elf_error_begin(error, ELF_ELIMIT);
    text_add(&text, "has ");
    text_add_number(&text, object->sections.count);
    text_add(&text, " sections, the loader has room for ");
    text_add_number(&text, object->workspace->section_capacity);
    return ELF_ELIMIT;
}

static int check_section_range(const struct elf_object *object, uint32_t index,
                               struct elf_error *error) {
    struct elf32_section section = elf_section(object, index);
    if (section.type == SHT_NULL || section.type == SHT_NOBITS)
        return ELF_OK;
    if ((uint64_t)section.offset + section.size > object->size)
        return elf_fail_section(error, ELF_ESECTION, object, index,
                                "reaches past the end of the file");
    return ELF_OK;
}

int elf_check_string_table(const struct elf_object *object, uint32_t index, struct elf_table *table,
                           struct elf_error *error) {
    struct elf32_section section = elf_section(object, index);
    if (section.type != SHT_STRTAB)
        return elf_fail_section(error, ELF_ESTRING, object, index, "not a string table");
    if (section.size == 0 || object->bytes[section.offset] != 0 ||
        object->bytes[section.offset + section.size - 1] != 0)
        return elf_fail_section(error, ELF_ESTRING, object, index,
                                "string table does not begin and end with a NUL");
    table->offset = section.offset;
    table->size = section.size;
    return ELF_OK;
}

static int check_section_name(const struct elf_object *object, uint32_t index,
                              struct elf_error *error) {
    struct elf32_section section = elf_section(object, index);
    if (section.name >= object->section_names.size)
        return elf_fail_section(error, ELF_ESTRING, object, index, "name outside the string table");
    return ELF_OK;
}

static bool starts_with(const char *name, const char *prefix) {
    while (*prefix && *name == *prefix)
        name++, prefix++;
    return *prefix == '\0';
}

/// Refuses valid ELF that the loader cannot honour, each case with its reason.
/// Silently skipping something that a program relies on would be worse.
static int check_section_supported(const struct elf_object *object, uint32_t index,
                                   struct elf_error *error) {
    struct elf32_section section = elf_section(object, index);
    const char *name = elf_section_name(object, &section);
    const char *reason = NULL;
    if (section.type == SHT_RELA)
        reason = "RELA relocations; i386 objects must use REL";
    else if (section.type == SHT_SYMTAB_SHNDX)
        reason = "extended section numbers";
    else if (section.type == SHT_DYNSYM)
        reason = "dynamic symbols in a relocatable object";
    else if (!elf_section_is_loaded(object, &section))
        return ELF_OK;
    else if (section.flags & SHF_TLS)
        reason = "thread-local storage";
    else if (section.flags & SHF_COMPRESSED)
        reason = "compressed";
    else if ((section.flags & SHF_WRITE) && (section.flags & SHF_EXECINSTR))
        reason = "both writable and executable";
    else if (section.type == SHT_NOBITS && (section.flags & SHF_EXECINSTR))
        reason = "code without bytes";
    else if (section.type != SHT_PROGBITS && section.type != SHT_NOBITS &&
             section.type != SHT_NOTE && section.type != SHT_INIT_ARRAY &&
             section.type != SHT_FINI_ARRAY)
        reason = "is to be loaded, but its type is unknown to the loader";
    else if (starts_with(name, ".ctors") || starts_with(name, ".preinit_array"))
        reason = "the kernel does not run these constructors; use .init_array";
    return reason ? elf_fail_section(error, ELF_EUNSUPPORTED, object, index, reason) : ELF_OK;
}

static int check_section_alignment(const struct elf_object *object, uint32_t index,
                                   struct elf_error *error) {
    struct elf32_section section = elf_section(object, index);
    if (section.addralign & (section.addralign - 1))
        return elf_fail_section(error, ELF_ESECTION, object, index,
                                "alignment is not a power of two");
    if (elf_section_is_loaded(object, &section) && section.addralign > ELF_MAX_ALIGNMENT)
        return elf_fail_section(error, ELF_ELIMIT, object, index, "alignment above 4096");
    return ELF_OK;
}

static int check_section_size(const struct elf_object *object, uint32_t index,
                              struct elf_error *error) {
    struct elf32_section section = elf_section(object, index);
    if (section.type == SHT_INIT_ARRAY && section.size % 4 != 0)
        return elf_fail_section(error, ELF_ESECTION, object, index,
                                "does not hold whole constructor pointers");
    if (elf_section_is_loaded(object, &section) && section.size > ELF_MAX_POOL)
        return elf_fail_section(error, ELF_ELIMIT, object, index, "too large");
    return ELF_OK;
}

static int check_constructor_count(const struct elf_object *object, struct elf_error *error) {
    uint32_t count = 0;
    for (uint32_t i = 1; i < object->sections.count; i++)
        if (elf_section(object, i).type == SHT_INIT_ARRAY && ++count > ELF_MAX_INIT_ARRAYS)
            return elf_fail_section(error, ELF_ELIMIT, object, i,
                                    "too many sections of constructors");
    return ELF_OK;
}

/// After this, no pool's total can overflow, whatever the order and padding.
static int check_pool_totals(const struct elf_object *object, struct elf_error *error) {
    uint64_t totals[ELF_POOL_COUNT] = {0, 0};
    for (uint32_t i = 1; i < object->sections.count; i++) {
        struct elf32_section section = elf_section(object, i);
        if (!elf_section_is_loaded(object, &section))
            continue;
        totals[elf_section_pool(&section)] += (uint64_t)section.size + section.addralign;
    }
    for (unsigned pool = 0; pool < ELF_POOL_COUNT; pool++)
        if (totals[pool] > ELF_MAX_POOL)
            return elf_fail(error, ELF_ELIMIT, "sections of one pool are too large in total");
    return ELF_OK;
}

int elf_validate_sections(struct elf_object *object, struct elf_error *error) {
    struct elf32_header header;
    if (object->size < sizeof header)
        return elf_fail(error, ELF_EHEADER, "shorter than a file header");
    memcpy(&header, object->bytes, sizeof header);

    int status;
    if ((status = check_ident(&header, error)) || (status = check_type(&header, error)) ||
        (status = check_section_table(object, &header, error)) ||
        (status = check_null_section(object, error)) ||
        (status = check_section_room(object, error)))
        return status;
    for (uint32_t i = 1; i < object->sections.count; i++)
        if ((status = check_section_range(object, i, error)))
            return status;
    if ((status = elf_check_string_table(object, header.shstrndx, &object->section_names, error)))
        return status;
    for (uint32_t i = 1; i < object->sections.count; i++)
        if ((status = check_section_name(object, i, error)))
            return status;
    for (uint32_t i = 1; i < object->sections.count; i++)
        if ((status = check_section_supported(object, i, error)) ||
            (status = check_section_alignment(object, i, error)) ||
            (status = check_section_size(object, i, error)))
            return status;
    if ((status = check_constructor_count(object, error)))
        return status;
    return check_pool_totals(object, error);
}
