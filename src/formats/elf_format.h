/// The parts of ELF32 for i386 that the loader reads, as the file has them.
/// Private to the loader; all other code uses formats/elf_loader.h.
///
/// The loader copies records out of the file instead of pointing at them,
/// because their offsets need not be aligned.
#ifndef AJIT_ELF_FORMAT_H
#define AJIT_ELF_FORMAT_H

#include <formats/elf_loader.h>
#include <formats/memory.h>
#include <formats/text.h>

struct elf32_header {
    uint8_t ident[16];
    uint16_t type;
    uint16_t machine;
    uint32_t version;
    uint32_t entry;
    uint32_t phoff;
    uint32_t shoff;
    uint32_t flags;
    uint16_t ehsize;
    uint16_t phentsize;
    uint16_t phnum;
    uint16_t shentsize;
    uint16_t shnum;
    uint16_t shstrndx;
};

struct elf32_section {
    uint32_t name;
    uint32_t type;
    uint32_t flags;
    uint32_t addr;
    uint32_t offset;
    uint32_t size;
    uint32_t link;
    uint32_t info;
    uint32_t addralign;
    uint32_t entsize;
};

struct elf32_symbol {
    uint32_t name;
    uint32_t value;
    uint32_t size;
    uint8_t info; ///< binding << 4 | type
    uint8_t other;
    uint16_t shndx;
};

struct elf32_relocation {
    uint32_t offset;
    uint32_t info; ///< symbol << 8 | type
};

enum { ELF_CLASS_32 = 1, ELF_DATA_LITTLE = 1, ELF_VERSION_CURRENT = 1 };
enum { ELF_TYPE_REL = 1, ELF_MACHINE_386 = 3 };

enum {
    SHT_NULL = 0,
    SHT_PROGBITS = 1,
    SHT_SYMTAB = 2,
    SHT_STRTAB = 3,
    SHT_RELA = 4,
    SHT_NOTE = 7,
    SHT_NOBITS = 8,
    SHT_REL = 9,
    SHT_DYNSYM = 11,
    SHT_INIT_ARRAY = 14,
    SHT_FINI_ARRAY = 15,
    SHT_PREINIT_ARRAY = 16,
    SHT_GROUP = 17,
    SHT_SYMTAB_SHNDX = 18,
};

enum {
    SHF_WRITE = 1 << 0,
    SHF_ALLOC = 1 << 1,
    SHF_EXECINSTR = 1 << 2,
    SHF_GROUP = 1 << 9,
    SHF_TLS = 1 << 10,
    SHF_COMPRESSED = 1 << 11,
};

enum { GRP_COMDAT = 1 };

enum { SHN_UNDEF = 0, SHN_LORESERVE = 0xff00, SHN_ABS = 0xfff1, SHN_COMMON = 0xfff2 };

enum { STB_LOCAL = 0, STB_GLOBAL = 1, STB_WEAK = 2 };

enum {
    STT_NOTYPE = 0,
    STT_OBJECT = 1,
    STT_FUNC = 2,
    STT_SECTION = 3,
    STT_FILE = 4,
    STT_COMMON = 5,
    STT_TLS = 6,
    STT_GNU_IFUNC = 10,
};

enum { R_386_NONE = 0, R_386_32 = 1, R_386_PC32 = 2, R_386_PLT32 = 4 };

/// Bytes a relocation reads and writes.
enum { ELF_RELOCATION_WIDTH = 4 };

/// Bits of `elf_home.state`.
enum {
    ELF_HOME_GROUPED = 1 << 0,   ///< member of a group
    ELF_HOME_DISCARDED = 1 << 1, ///< member of a group of which another copy is used
};

static inline uint32_t elf_load32(const uint8_t *at) {
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static inline struct elf32_section elf_section(const struct elf_object *object, uint32_t index) {
    struct elf32_section section;
    memcpy(&section, object->bytes + object->sections.offset + index * sizeof section,
           sizeof section);
    return section;
}

static inline struct elf32_symbol elf_symbol(const struct elf_object *object, uint32_t index) {
    struct elf32_symbol symbol;
    memcpy(&symbol, object->bytes + object->symbols.offset + index * sizeof symbol, sizeof symbol);
    return symbol;
}

static inline const char *elf_section_name(const struct elf_object *object,
                                           const struct elf32_section *section) {
    return (const char *)object->bytes + object->section_names.offset + section->name;
}

/// The name of a symbol. A section symbol has no name of its own, so it gets
/// its section's.
static inline const char *elf_symbol_name(const struct elf_object *object,
                                          const struct elf32_symbol *symbol) {
    if ((symbol->info & 15) == STT_SECTION && symbol->shndx < object->sections.count) {
        struct elf32_section section = elf_section(object, symbol->shndx);
        return elf_section_name(object, &section);
    }
    return (const char *)object->bytes + object->symbol_names.offset + symbol->name;
}

static inline struct elf32_relocation elf_relocation(const struct elf_object *object,
                                                     const struct elf32_section *section,
                                                     uint32_t index) {
    struct elf32_relocation relocation;
    memcpy(&relocation, object->bytes + section->offset + index * sizeof relocation,
           sizeof relocation);
    return relocation;
}

static inline uint32_t elf_relocation_symbol(const struct elf32_relocation *relocation) {
    return relocation->info >> 8;
}

static inline uint8_t elf_relocation_type(const struct elf32_relocation *relocation) {
    return (uint8_t)relocation->info;
}

static inline uint8_t elf_symbol_binding(const struct elf32_symbol *symbol) {
    return symbol->info >> 4;
}

static inline uint8_t elf_symbol_type(const struct elf32_symbol *symbol) {
    return symbol->info & 15;
}

/// Whether a section takes memory. Sections without SHF_ALLOC (debug
/// information, the stamp) stay in the file. So does .eh_frame: the kernel does
/// not unwind, and the records would take a third of the data pool.
bool elf_section_is_loaded(const struct elf_object *object, const struct elf32_section *section);

/// The pool a loaded section goes to.
static inline enum elf_pool elf_section_pool(const struct elf32_section *section) {
    return section->flags & SHF_EXECINSTR ? ELF_POOL_CODE : ELF_POOL_DATA;
}

/// Whether a section holds relocations that the loader applies.
bool elf_section_is_relocation(const struct elf_object *object,
                               const struct elf32_section *section);

/// Whether a symbol lies in a section of the object, rather than having a
/// reserved index.
static inline bool elf_symbol_has_section(const struct elf32_symbol *symbol) {
    return symbol->shndx != SHN_UNDEF && symbol->shndx < SHN_LORESERVE;
}

// These begin an error message. Each sets the code and names the section or
// symbol at fault, if any. The caller appends what is wrong with it.

struct text elf_error_begin(struct elf_error *error, int code);
struct text elf_error_section(struct elf_error *error, int code, const struct elf_object *object,
                              uint32_t index);
struct text elf_error_symbol(struct elf_error *error, int code, const struct elf_object *object,
                             uint32_t index);
/// These write a whole message and return the code.
int elf_fail(struct elf_error *error, int code, const char *what);
int elf_fail_section(struct elf_error *error, int code, const struct elf_object *object,
                     uint32_t index, const char *what);
int elf_fail_symbol(struct elf_error *error, int code, const struct elf_object *object,
                    uint32_t index, const char *what);

#endif
