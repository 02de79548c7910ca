/// Loads one relocatable ELF32 object for i386 (`ET_REL`): checks it, places it
/// into memory, and relocates it.
///
/// There are two steps, so that the second can trust what it reads:
///   1. `elf_object_validate` checks every fact the loader will rely on, before
///      anything is allocated or written, and gives a trusted view of the bytes.
///   2. `elf_object_link` allocates at most one block per pool, copies, resolves
///      and relocates. If it fails, it releases what it allocated: a refused
///      object leaves nothing behind.
///
/// Code pages are never writable at the address they run at, so a block has two
/// addresses: the loader writes through one and computes relocations for the
/// other. On the host the first is an ordinary buffer and the second an
/// arbitrary number.
///
/// The loader accepts what clang and LLVM emit for i386 with a static
/// relocation model: R_386_32, R_386_PC32, R_386_PLT32 (as PC32); several code,
/// data and NOBITS sections, COMMON, COMDAT groups, weak symbols, .init_array,
/// alignment up to 4096. It refuses everything else, and the error names the
/// section, symbol or relocation at fault.
///
/// Threads: the loader has no state of its own. Calls with different objects,
/// workspaces and hosts may run at the same time.
#ifndef AJIT_ELF_LOADER_H
#define AJIT_ELF_LOADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum elf_status {
    ELF_OK = 0,
    ELF_EHEADER = -1,      ///< not an ELF32 little-endian i386 relocatable object
    ELF_ESECTION = -2,     ///< a section header breaks a rule
    ELF_ESTRING = -3,      ///< a string table or a name in it breaks a rule
    ELF_ESYMBOL = -4,      ///< a symbol breaks a rule
    ELF_ERELOCATION = -5,  ///< a relocation breaks a rule
    ELF_EGROUP = -6,       ///< a section group breaks a rule
    ELF_EUNSUPPORTED = -7, ///< valid ELF that this loader refuses (TLS, PIC, ...)
    ELF_ELIMIT = -8,       ///< larger than a limit or than the workspace
    ELF_EDUPLICATE = -9,   ///< a symbol is defined twice
    ELF_EUNRESOLVED = -10, ///< a symbol is defined nowhere
    ELF_ENO_MEMORY = -11,  ///< a pool has no room
};

struct elf_error {
    int code;       ///< of enum elf_status
    char text[200]; ///< what is wrong with which part, one line
};

/// Limits that apply however large the workspace is. They keep every sum from
/// overflowing.
enum {
    ELF_MAX_FILE = 64 << 20,
    ELF_MAX_POOL = 64 << 20, ///< bytes one object may take in one pool
    ELF_MAX_ALIGNMENT = 4096,
    /// The most .init_array sections in an object. The loader compares all
    /// pairs to order them by priority; without a limit, a hostile object could
    /// occupy the processor that way.
    ELF_MAX_INIT_ARRAYS = 512,
};

enum elf_pool {
    ELF_POOL_CODE, ///< executable, never writable where it runs
    ELF_POOL_DATA, ///< everything else that is loaded; never executable
    ELF_POOL_COUNT,
};

/// One allocation in a pool.
struct elf_block {
    void *write;   ///< where the loader writes; null: no block
    uint32_t run;  ///< the address the same bytes have for the loaded code
    uint32_t size; ///< bytes, as requested
};

/// Where one section went.
struct elf_home {
    uint32_t offset; ///< within its pool's block
    uint8_t pool;    ///< of enum elf_pool
    uint8_t state;   ///< private to the loader
};

/// Arrays the loader needs while it works. They belong to the caller, who may
/// reuse them for the next object after reading the image's symbols. The loader
/// refuses an object with more sections or symbols than they have room for
/// (ELF_ELIMIT).
struct elf_workspace {
    struct elf_home *sections;
    uint32_t section_capacity;
    uint32_t *symbols; ///< addresses, once linked
    uint32_t symbol_capacity;
};

/// A table inside the object's bytes.
struct elf_table {
    uint32_t offset; ///< in the file
    uint32_t size;   ///< bytes
    uint32_t count;  ///< entries, where it has entries
};

/// The trusted view that `elf_object_validate` fills in. It borrows the bytes
/// and the workspace; the bytes must not change while it is in use. Read it
/// through the functions below rather than by field.
struct elf_object {
    const uint8_t *bytes;
    uint32_t size;
    struct elf_workspace *workspace;
    struct elf_table sections;      ///< the section headers
    struct elf_table section_names; ///< the string table of their names
    struct elf_table symbols;       ///< the one symbol table
    struct elf_table symbol_names;
    uint32_t symbol_section; ///< the section number of the symbol table
    uint32_t first_global;   ///< symbols from here on are not local
};

/// A section as `elf_object_find_section` shows it.
struct elf_section_view {
    uint32_t index;
    uint32_t offset; ///< of its bytes in the file
    uint32_t size;
    bool loaded; ///< takes memory when linked
};

/// A symbol as `elf_object_symbol` shows it.
struct elf_symbol_view {
    const char *name;
    uint32_t size;
    bool defined; ///< by this object, COMMON included
    bool global;  ///< global or weak
    bool weak;
    bool function;
};

/// What the loader needs from its surroundings. Each callback gets `context`.
struct elf_host {
    void *context;
    /// Fills `block` with room for `size` (> 0) bytes, or returns a negative
    /// number. Both addresses are multiples of `alignment`, a power of two up
    /// to 4096. The loader calls this at most once per pool and link.
    int (*allocate)(void *context, enum elf_pool pool, uint32_t size, uint32_t alignment,
                    struct elf_block *block);
    /// Frees a block that `allocate` filled.
    void (*release)(void *context, enum elf_pool pool, const struct elf_block *block);
    /// Stores the run address of a symbol that the object does not define, or
    /// returns a negative number. In that case a weak symbol gets the address
    /// 0. The loader asks only for symbols that loaded sections refer to.
    int (*resolve)(void *context, const char *name, uint32_t *address);
    /// Whether to load this object's copy of the COMDAT group `signature`. If
    /// not, the loader resolves references into the group like undefined
    /// symbols. Null: it loads every group.
    bool (*keep_group)(void *context, const char *signature);
};

/// A linked object: what must be released when it is replaced, and the
/// constructors to run before it is used.
struct elf_image {
    struct elf_block blocks[ELF_POOL_COUNT];
    uint32_t init_array;       ///< run address of the first constructor pointer
    uint32_t init_array_count; ///< in the order they are to be called
};

/// Checks the object in `bytes` (any alignment). On success `object` is a view
/// that `elf_object_link` trusts. On failure returns `error->code`.
int elf_object_validate(struct elf_object *object, const void *bytes, size_t size,
                        struct elf_workspace *workspace, struct elf_error *error);

/// Places, resolves and relocates a validated object. On failure releases
/// everything it allocated and returns `error->code`. On success the caller
/// owns the blocks in `image`.
int elf_object_link(const struct elf_object *object, const struct elf_host *host,
                    struct elf_image *image, struct elf_error *error);

/// Releases the blocks of a linked image and clears it.
void elf_image_release(struct elf_image *image, const struct elf_host *host);

/// The number of symbols; index 0 is the null symbol.
uint32_t elf_object_symbol_count(const struct elf_object *object);

/// Describes symbol `index`, which must be below the count.
void elf_object_symbol(const struct elf_object *object, uint32_t index,
                       struct elf_symbol_view *view);

/// The run address of symbol `index`; 0 if the symbol is not in memory. Valid
/// from a successful link until the next use of the workspace.
uint32_t elf_object_symbol_address(const struct elf_object *object, uint32_t index);

/// Finds a global symbol that this object defines. Returns its index, or 0.
uint32_t elf_object_find_symbol(const struct elf_object *object, const char *name);

/// Finds a section by name. Returns false if the object has no such section.
bool elf_object_find_section(const struct elf_object *object, const char *name,
                             struct elf_section_view *view);

/// The name of an i386 relocation type ("R_386_GOTPC"); never null.
const char *elf_relocation_name(uint32_t type);

#ifdef __cplusplus
}
#endif

#endif
