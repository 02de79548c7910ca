/// Validating an object, last step: section groups and relocations. Also the
/// order of all steps.
#include "elf_validate.h"

static uint32_t group_member(const struct elf_object *object, const struct elf32_section *group,
                             uint32_t index) {
    return elf_load32(object->bytes + group->offset + 4 * index);
}

static int check_group_shape(const struct elf_object *object, uint32_t index,
                             struct elf_error *error) {
    struct elf32_section group = elf_section(object, index);
    if (group.entsize != 4 || group.size < 4 || group.size % 4 != 0)
        return elf_fail_section(error, ELF_EGROUP, object, index,
                                "group does not hold whole section numbers");
    if (group.link != object->symbol_section)
        return elf_fail_section(error, ELF_EGROUP, object, index,
                                "group does not refer to the symbol table");
    if (group.info == 0 || group.info >= object->symbols.count)
        return elf_fail_section(error, ELF_EGROUP, object, index,
                                "group's signature is not a symbol of the table");
    if (group_member(object, &group, 0) & ~(uint32_t)GRP_COMDAT)
        return elf_fail_section(error, ELF_EUNSUPPORTED, object, index, "unknown kind of group");
    return ELF_OK;
}

static int claim_group_members(const struct elf_object *object, uint32_t index,
                               struct elf_error *error) {
    struct elf32_section group = elf_section(object, index);
    for (uint32_t i = 1; i < group.size / 4; i++) {
        uint32_t member = group_member(object, &group, i);
        if (member == 0 || member >= object->sections.count)
            return elf_fail_section(error, ELF_EGROUP, object, index,
                                    "group names a section that does not exist");
        struct elf32_section section = elf_section(object, member);
        if (section.type == SHT_GROUP)
            return elf_fail_section(error, ELF_EGROUP, object, member,
                                    "is a group and a member of a group");
        if (!(section.flags & SHF_GROUP))
            return elf_fail_section(error, ELF_EGROUP, object, member,
                                    "is in a group but has no SHF_GROUP flag");
        struct elf_home *home = &object->workspace->sections[member];
        if (home->state & ELF_HOME_GROUPED)
            return elf_fail_section(error, ELF_EGROUP, object, member, "is in two groups");
        home->state |= ELF_HOME_GROUPED;
    }
    return ELF_OK;
}

static int check_ungrouped(const struct elf_object *object, uint32_t index,
                           struct elf_error *error) {
    struct elf32_section section = elf_section(object, index);
    if ((section.flags & SHF_GROUP) &&
        !(object->workspace->sections[index].state & ELF_HOME_GROUPED))
        return elf_fail_section(error, ELF_EGROUP, object, index,
                                "has the SHF_GROUP flag but is not in a group");
    return ELF_OK;
}

int elf_validate_groups(struct elf_object *object, struct elf_error *error) {
    int status;
    memset(object->workspace->sections, 0,
           object->sections.count * sizeof *object->workspace->sections);
    for (uint32_t i = 1; i < object->sections.count; i++) {
        struct elf32_section section = elf_section(object, i);
        if (section.type != SHT_GROUP)
            continue;
        if ((status = check_group_shape(object, i, error)) ||
            (status = claim_group_members(object, i, error)))
            return status;
    }
    for (uint32_t i = 1; i < object->sections.count; i++)
        if ((status = check_ungrouped(object, i, error)))
            return status;
    return ELF_OK;
}

static int check_relocation_table(const struct elf_object *object, uint32_t index,
                                  struct elf_error *error) {
    struct elf32_section table = elf_section(object, index);
    if (table.entsize != sizeof(struct elf32_relocation) || table.size % table.entsize != 0)
        return elf_fail_section(error, ELF_ERELOCATION, object, index,
                                "does not hold whole relocation entries");
    if (table.link != object->symbol_section)
        return elf_fail_section(error, ELF_ERELOCATION, object, index,
                                "relocations do not refer to the symbol table");
    if (table.info == 0 || table.info >= object->sections.count)
        return elf_fail_section(error, ELF_ERELOCATION, object, index,
                                "relocations apply to a section that does not exist");
    return ELF_OK;
}

static int check_relocation_target(const struct elf_object *object, uint32_t index,
                                   struct elf_error *error) {
    struct elf32_section table = elf_section(object, index);
    struct elf32_section target = elf_section(object, table.info);
    if (target.type == SHT_NOBITS)
        return elf_fail_section(error, ELF_ERELOCATION, object, index,
                                "relocations apply to a section without bytes");
    return ELF_OK;
}

/// "section 5 (.rel.text): relocation 7: ", then what is wrong.
static struct text relocation_error(struct elf_error *error, int code,
                                    const struct elf_object *object, uint32_t table,
                                    uint32_t index) {
    struct text text = elf_error_section(error, code, object, table);
    text_add(&text, "relocation ");
    text_add_number(&text, index);
    text_add(&text, ": ");
    return text;
}

static int check_relocation_type(const struct elf_object *object, uint32_t table, uint32_t index,
                                 const struct elf32_relocation *relocation,
                                 struct elf_error *error) {
    uint8_t type = elf_relocation_type(relocation);
    if (type == R_386_32 || type == R_386_PC32 || type == R_386_PLT32)
        return ELF_OK;
    struct text text = relocation_error(error, ELF_EUNSUPPORTED, object, table, index);
    text_add(&text, elf_relocation_name(type));
    text_add(&text, " (");
    text_add_number(&text, type);
    text_add(&text, ") is not supported");
    return ELF_EUNSUPPORTED;
}

static int check_relocation_offset(const struct elf_object *object, uint32_t table, uint32_t index,
                                   const struct elf32_relocation *relocation,
                                   struct elf_error *error) {
    struct elf32_section section = elf_section(object, elf_section(object, table).info);
    if ((uint64_t)relocation->offset + ELF_RELOCATION_WIDTH <= section.size)
        return ELF_OK;
    struct text text = relocation_error(error, ELF_ERELOCATION, object, table, index);
    text_add(&text, "offset ");
    text_add_hex(&text, relocation->offset, 1);
    text_add(&text, " reaches outside its section");
    return ELF_ERELOCATION;
}

/// Checks that the symbol exists and will have an address. Symbol 0 has the
/// address 0: a call of a constant address refers to it.
static int check_relocation_symbol(const struct elf_object *object, uint32_t table, uint32_t index,
                                   const struct elf32_relocation *relocation,
                                   struct elf_error *error) {
    uint32_t symbol_index = elf_relocation_symbol(relocation);
    if (symbol_index >= object->symbols.count) {
        struct text text = relocation_error(error, ELF_ERELOCATION, object, table, index);
        text_add(&text, "refers to symbol ");
        text_add_number(&text, symbol_index);
        text_add(&text, ", which does not exist");
        return ELF_ERELOCATION;
    }
    struct elf32_symbol symbol = elf_symbol(object, symbol_index);
    if (!elf_symbol_has_section(&symbol))
        return ELF_OK;
    struct elf32_section section = elf_section(object, symbol.shndx);
    if (elf_section_is_loaded(object, &section))
        return ELF_OK;
    struct text text = relocation_error(error, ELF_ERELOCATION, object, table, index);
    text_add(&text, "symbol ");
    text_add_name(&text, elf_symbol_name(object, &symbol));
    text_add(&text, " is in a section that is not loaded");
    return ELF_ERELOCATION;
}

static int check_relocations(const struct elf_object *object, uint32_t table,
                             struct elf_error *error) {
    struct elf32_section section = elf_section(object, table);
    for (uint32_t i = 0; i < section.size / sizeof(struct elf32_relocation); i++) {
        struct elf32_relocation relocation = elf_relocation(object, &section, i);
        int status;
        if ((status = check_relocation_type(object, table, i, &relocation, error)) ||
            (status = check_relocation_offset(object, table, i, &relocation, error)) ||
            (status = check_relocation_symbol(object, table, i, &relocation, error)))
            return status;
    }
    return ELF_OK;
}

int elf_validate_relocations(struct elf_object *object, struct elf_error *error) {
    for (uint32_t i = 1; i < object->sections.count; i++) {
        struct elf32_section section = elf_section(object, i);
        if (section.type != SHT_REL)
            continue;
        int status;
        if ((status = check_relocation_table(object, i, error)))
            return status;
        if (!elf_section_is_relocation(object, &section))
            continue;
        if ((status = check_relocation_target(object, i, error)) ||
            (status = check_relocations(object, i, error)))
            return status;
    }
    return ELF_OK;
}

int elf_object_validate(struct elf_object *object, const void *bytes, size_t size,
                        struct elf_workspace *workspace, struct elf_error *error) {
    memset(object, 0, sizeof *object);
    error->code = ELF_OK;
    error->text[0] = '\0';
    if (size > ELF_MAX_FILE)
        return elf_fail(error, ELF_ELIMIT, "file too large");
    object->bytes = bytes;
    object->size = (uint32_t)size;
    object->workspace = workspace;

    int status;
    if ((status = elf_validate_sections(object, error)) ||
        (status = elf_validate_symbols(object, error)) ||
        (status = elf_validate_groups(object, error)))
        return status;
    return elf_validate_relocations(object, error);
}
