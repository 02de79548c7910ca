/// Reading a validated object, and the texts of the loader's errors.
///
/// The validator uses the error functions too, before it has checked all names.
/// So they print a name only if it lies inside its string table.
#include "elf_format.h"

bool elf_section_is_loaded(const struct elf_object *object, const struct elf32_section *section) {
    return (section->flags & SHF_ALLOC) != 0 &&
           !text_same(elf_section_name(object, section), ".eh_frame");
}

bool elf_section_is_relocation(const struct elf_object *object,
                               const struct elf32_section *section) {
    if (section->type != SHT_REL)
        return false;
    struct elf32_section target = elf_section(object, section->info);
    return elf_section_is_loaded(object, &target);
}

uint32_t elf_object_symbol_count(const struct elf_object *object) {
    return object->symbols.count;
}

void elf_object_symbol(const struct elf_object *object, uint32_t index,
                       struct elf_symbol_view *view) {
    struct elf32_symbol symbol = elf_symbol(object, index);
    uint8_t type = elf_symbol_type(&symbol);
    view->name = elf_symbol_name(object, &symbol);
    view->size = symbol.size;
    view->defined = symbol.shndx != SHN_UNDEF && type != STT_FILE;
    view->global = elf_symbol_binding(&symbol) != STB_LOCAL;
    view->weak = elf_symbol_binding(&symbol) == STB_WEAK;
    view->function = type == STT_FUNC;
}

uint32_t elf_object_symbol_address(const struct elf_object *object, uint32_t index) {
    return object->workspace->symbols[index];
}

uint32_t elf_object_find_symbol(const struct elf_object *object, const char *name) {
    for (uint32_t i = object->first_global; i < object->symbols.count; i++) {
        struct elf32_symbol symbol = elf_symbol(object, i);
        if (symbol.shndx != SHN_UNDEF && text_same(elf_symbol_name(object, &symbol), name))
            return i;
    }
    return 0;
}

bool elf_object_find_section(const struct elf_object *object, const char *name,
                             struct elf_section_view *view) {
    for (uint32_t i = 1; i < object->sections.count; i++) {
        struct elf32_section section = elf_section(object, i);
        // A null section has a name, but its offset and size mean nothing.
        if (section.type == SHT_NULL || !text_same(elf_section_name(object, &section), name))
            continue;
        view->index = i;
        view->offset = section.type == SHT_NOBITS ? 0 : section.offset;
        view->size = section.type == SHT_NOBITS ? 0 : section.size;
        view->loaded = elf_section_is_loaded(object, &section);
        return true;
    }
    return false;
}

const char *elf_relocation_name(uint32_t type) {
    static const char *const names[] = {
        "R_386_NONE",
        "R_386_32",
        "R_386_PC32",
        "R_386_GOT32",
        "R_386_PLT32",
        "R_386_COPY",
        "R_386_GLOB_DAT",
        "R_386_JUMP_SLOT",
        "R_386_RELATIVE",
        "R_386_GOTOFF",
        "R_386_GOTPC",
        "R_386_32PLT",
        "R_386_12",
        "R_386_13",
        "R_386_TLS_TPOFF",
        "R_386_TLS_IE",
        "R_386_TLS_GOTIE",
        "R_386_TLS_LE",
        "R_386_TLS_GD",
        "R_386_TLS_LDM",
        "R_386_16",
        "R_386_PC16",
        "R_386_8",
        "R_386_PC8",
        "R_386_TLS_GD_32",
        "R_386_TLS_GD_PUSH",
        "R_386_TLS_GD_CALL",
        "R_386_TLS_GD_POP",
        "R_386_TLS_LDM_32",
        "R_386_TLS_LDM_PUSH",
        "R_386_TLS_LDM_CALL",
        "R_386_TLS_LDM_POP",
        "R_386_TLS_LDO_32",
        "R_386_TLS_IE_32",
        "R_386_TLS_LE_32",
        "R_386_TLS_DTPMOD32",
        "R_386_TLS_DTPOFF32",
        "R_386_TLS_TPOFF32",
        "R_386_SIZE32",
        "R_386_TLS_GOTDESC",
        "R_386_TLS_DESC_CALL",
        "R_386_TLS_DESC",
        "R_386_IRELATIVE",
        "R_386_GOT32X",
    };
    return type < sizeof names / sizeof *names ? names[type] : "an unknown relocation type";
}

struct text elf_error_begin(struct elf_error *error, int code) {
    struct text text;
    error->code = code;
    text_begin(&text, error->text, sizeof error->text);
    return text;
}

struct text elf_error_section(struct elf_error *error, int code, const struct elf_object *object,
                              uint32_t index) {
    struct text text = elf_error_begin(error, code);
    text_add(&text, "section ");
    text_add_number(&text, index);
    if (object->section_names.size) {
        struct elf32_section section = elf_section(object, index);
        text_add(&text, " (");
        if (section.name < object->section_names.size)
            text_add_name(&text, elf_section_name(object, &section));
        text_add(&text, ")");
    }
    text_add(&text, ": ");
    return text;
}

struct text elf_error_symbol(struct elf_error *error, int code, const struct elf_object *object,
                             uint32_t index) {
    struct text text = elf_error_begin(error, code);
    struct elf32_symbol symbol = elf_symbol(object, index);
    text_add(&text, "symbol ");
    text_add_number(&text, index);
    text_add(&text, " (");
    if (symbol.name < object->symbol_names.size)
        text_add_name(&text, elf_symbol_name(object, &symbol));
    text_add(&text, "): ");
    return text;
}

int elf_fail(struct elf_error *error, int code, const char *what) {
    struct text text = elf_error_begin(error, code);
    text_add(&text, what);
    return code;
}

int elf_fail_section(struct elf_error *error, int code, const struct elf_object *object,
                     uint32_t index, const char *what) {
    struct text text = elf_error_section(error, code, object, index);
    text_add(&text, what);
    return code;
}

int elf_fail_symbol(struct elf_error *error, int code, const struct elf_object *object,
                    uint32_t index, const char *what) {
    struct text text = elf_error_symbol(error, code, object, index);
    text_add(&text, what);
    return code;
}
