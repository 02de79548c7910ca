/// Validating an object, second step: the symbol table.
///
/// To find duplicate definitions, the validator sorts the indices of the global
/// definitions by name and compares neighbours. The indices go into the
/// workspace's symbol array, which is free because nothing is linked yet.
/// Comparing every pair instead would let a hostile object of a few hundred
/// kilobytes occupy the processor for minutes.
#include "elf_validate.h"

static int find_symbol_table(const struct elf_object *object, uint32_t *index,
                             struct elf_error *error) {
    *index = 0;
    for (uint32_t i = 1; i < object->sections.count; i++) {
        struct elf32_section section = elf_section(object, i);
        if (section.type != SHT_SYMTAB)
            continue;
        if (*index)
            return elf_fail_section(error, ELF_ESECTION, object, i, "a second symbol table");
        *index = i;
    }
    return *index ? ELF_OK : elf_fail(error, ELF_ESECTION, "no symbol table");
}

static int check_symbol_table(struct elf_object *object, uint32_t index, struct elf_error *error) {
    struct elf32_section section = elf_section(object, index);
    if (section.entsize != sizeof(struct elf32_symbol) || section.size % section.entsize != 0)
        return elf_fail_section(error, ELF_ESECTION, object, index,
                                "does not hold whole symbol entries");
    uint32_t count = section.size / (uint32_t)sizeof(struct elf32_symbol);
    if (count == 0)
        return elf_fail_section(error, ELF_ESECTION, object, index, "has no null symbol");
    if (section.info == 0 || section.info > count)
        return elf_fail_section(error, ELF_ESECTION, object, index,
                                "index of the first global symbol is outside the table");
    if (section.link == SHN_UNDEF || section.link >= object->sections.count)
        return elf_fail_section(error, ELF_ESECTION, object, index,
                                "the string table it refers to does not exist");
    object->symbols.offset = section.offset;
    object->symbols.size = section.size;
    object->symbols.count = count;
    object->first_global = section.info;
    object->symbol_section = index;
    return elf_check_string_table(object, section.link, &object->symbol_names, error);
}

static int check_symbol_room(const struct elf_object *object, struct elf_error *error) {
    if (object->symbols.count <= object->workspace->symbol_capacity)
        return ELF_OK;
    struct text text = elf_error_begin(error, ELF_ELIMIT);
    text_add(&text, "has ");
    text_add_number(&text, object->symbols.count);
    text_add(&text, " symbols, the loader has room for ");
    text_add_number(&text, object->workspace->symbol_capacity);
    return ELF_ELIMIT;
}

static int check_null_symbol(const struct elf_object *object, struct elf_error *error) {
    static const struct elf32_symbol null;
    struct elf32_symbol symbol = elf_symbol(object, 0);
    if (memcmp(&symbol, &null, sizeof null) != 0)
        return elf_fail(error, ELF_ESYMBOL, "symbol 0 is not null");
    return ELF_OK;
}

static int check_symbol_name(const struct elf_object *object, uint32_t index,
                             struct elf_error *error) {
    struct elf32_symbol symbol = elf_symbol(object, index);
    if (symbol.name >= object->symbol_names.size)
        return elf_fail_symbol(error, ELF_ESTRING, object, index, "name outside the string table");
    if (index >= object->first_global && *elf_symbol_name(object, &symbol) == '\0')
        return elf_fail_symbol(error, ELF_ESYMBOL, object, index, "global, but without a name");
    return ELF_OK;
}

static int check_symbol_binding(const struct elf_object *object, uint32_t index,
                                struct elf_error *error) {
    struct elf32_symbol symbol = elf_symbol(object, index);
    uint8_t binding = elf_symbol_binding(&symbol);
    if (binding > STB_WEAK)
        return elf_fail_symbol(error, ELF_EUNSUPPORTED, object, index,
                               "binding is not local, global or weak");
    if ((binding == STB_LOCAL) != (index < object->first_global))
        return elf_fail_symbol(error, ELF_ESYMBOL, object, index,
                               "local and global symbols are mixed");
    return ELF_OK;
}

static int check_symbol_type(const struct elf_object *object, uint32_t index,
                             struct elf_error *error) {
    struct elf32_symbol symbol = elf_symbol(object, index);
    uint8_t type = elf_symbol_type(&symbol);
    if (type == STT_TLS)
        return elf_fail_symbol(error, ELF_EUNSUPPORTED, object, index, "thread-local storage");
    if (type == STT_GNU_IFUNC)
        return elf_fail_symbol(error, ELF_EUNSUPPORTED, object, index, "indirect function");
    if (type > STT_COMMON)
        return elf_fail_symbol(error, ELF_EUNSUPPORTED, object, index, "unknown type");
    if (type == STT_SECTION && !elf_symbol_has_section(&symbol))
        return elf_fail_symbol(error, ELF_ESYMBOL, object, index,
                               "section symbol without a section");
    return ELF_OK;
}

static int check_common_symbol(const struct elf_object *object, uint32_t index,
                               struct elf_error *error) {
    struct elf32_symbol symbol = elf_symbol(object, index);
    if (elf_symbol_binding(&symbol) == STB_LOCAL)
        return elf_fail_symbol(error, ELF_ESYMBOL, object, index, "COMMON, but local");
    if (symbol.value == 0 || (symbol.value & (symbol.value - 1)))
        return elf_fail_symbol(error, ELF_ESYMBOL, object, index,
                               "COMMON, and its alignment is not a power of two");
    if (symbol.value > ELF_MAX_ALIGNMENT)
        return elf_fail_symbol(error, ELF_ELIMIT, object, index, "COMMON, aligned above 4096");
    return ELF_OK;
}

/// Checks a symbol's place: its section exists and contains all of the symbol.
static int check_symbol_place(const struct elf_object *object, uint32_t index,
                              struct elf_error *error) {
    struct elf32_symbol symbol = elf_symbol(object, index);
    if (symbol.shndx == SHN_ABS)
        return ELF_OK;
    if (symbol.shndx == SHN_COMMON)
        return check_common_symbol(object, index, error);
    if (symbol.shndx == SHN_UNDEF) {
        if (index < object->first_global)
            return elf_fail_symbol(error, ELF_ESYMBOL, object, index, "local, but undefined");
        return ELF_OK;
    }
    if (symbol.shndx >= object->sections.count)
        return elf_fail_symbol(error, ELF_ESYMBOL, object, index, "its section does not exist");
    struct elf32_section section = elf_section(object, symbol.shndx);
    if ((uint64_t)symbol.value + symbol.size > section.size)
        return elf_fail_symbol(error, ELF_ESYMBOL, object, index, "reaches outside its section");
    return ELF_OK;
}

static int check_common_total(const struct elf_object *object, struct elf_error *error) {
    uint64_t total = 0;
    for (uint32_t i = object->first_global; i < object->symbols.count; i++) {
        struct elf32_symbol symbol = elf_symbol(object, i);
        if (symbol.shndx != SHN_COMMON)
            continue;
        total += (uint64_t)symbol.size + symbol.value;
        // Together with the sections' own limit the sum stays below 2^32.
        if (total > ELF_MAX_POOL)
            return elf_fail_symbol(error, ELF_ELIMIT, object, i,
                                   "COMMON symbols are too large in total");
    }
    return ELF_OK;
}

static int compare_names(const char *left, const char *right) {
    while (*left && *left == *right)
        left++, right++;
    return (uint8_t)*left - (uint8_t)*right;
}

static const char *name_of(const struct elf_object *object, uint32_t index) {
    struct elf32_symbol symbol = elf_symbol(object, index);
    return elf_symbol_name(object, &symbol);
}

/// Restores the heap order below `root` among the first `count` indices.
static void sift_down(const struct elf_object *object, uint32_t *heap, uint32_t root,
                      uint32_t count) {
    for (;;) {
        uint32_t child = 2 * root + 1;
        if (child >= count)
            return;
        if (child + 1 < count &&
            compare_names(name_of(object, heap[child]), name_of(object, heap[child + 1])) < 0)
            child++;
        if (compare_names(name_of(object, heap[root]), name_of(object, heap[child])) >= 0)
            return;
        uint32_t moved = heap[root];
        heap[root] = heap[child];
        heap[child] = moved;
        root = child;
    }
}

/// Heap sort: in place, and without a quadratic worst case.
static void sort_by_name(const struct elf_object *object, uint32_t *indices, uint32_t count) {
    for (uint32_t root = count / 2; root-- > 0;)
        sift_down(object, indices, root, count);
    for (uint32_t end = count; end-- > 1;) {
        uint32_t largest = indices[0];
        indices[0] = indices[end];
        indices[end] = largest;
        sift_down(object, indices, 0, end);
    }
}

static int check_duplicates(const struct elf_object *object, struct elf_error *error) {
    uint32_t *indices = object->workspace->symbols;
    uint32_t count = 0;
    for (uint32_t i = object->first_global; i < object->symbols.count; i++) {
        struct elf32_symbol symbol = elf_symbol(object, i);
        if (symbol.shndx != SHN_UNDEF)
            indices[count++] = i;
    }
    sort_by_name(object, indices, count);
    for (uint32_t i = 1; i < count; i++)
        if (compare_names(name_of(object, indices[i - 1]), name_of(object, indices[i])) == 0)
            return elf_fail_symbol(error, ELF_EDUPLICATE, object, indices[i], "defined twice");
    return ELF_OK;
}

int elf_validate_symbols(struct elf_object *object, struct elf_error *error) {
    uint32_t table;
    int status;
    if ((status = find_symbol_table(object, &table, error)) ||
        (status = check_symbol_table(object, table, error)) ||
        (status = check_symbol_room(object, error)) || (status = check_null_symbol(object, error)))
        return status;
    for (uint32_t i = 1; i < object->symbols.count; i++)
        if ((status = check_symbol_name(object, i, error)) ||
            (status = check_symbol_binding(object, i, error)) ||
            (status = check_symbol_type(object, i, error)) ||
            (status = check_symbol_place(object, i, error)))
            return status;
    if ((status = check_common_total(object, error)))
        return status;
    return check_duplicates(object, error);
}
