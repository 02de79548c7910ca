// The table of functions: a record and an entry stub for each function in the
// manifest.
//
// To loaded code, the stub is the function. Every use of the function's name,
// in every tier and in data, resolves to the stub's address for as long as the
// kernel runs. The stub passes the record to profile_entry (entry.S), which
// counts the call and continues in the version that the record's code pointer
// names.

#include "defs.h"

#include <formats/profile_state.h>

#define STUB_SIZE 16
#define OPCODE_PUSH_IMMEDIATE 0x68
#define OPCODE_JUMP_RELATIVE 0xE9

uint32_t function_count;
static struct Function **functions;

struct Function *function_at(uint32_t index) {
    return functions[index];
}

struct Function *function_find(const char *name) {
    for (uint32_t i = 0; i < function_count; i++) {
        if (same_text(functions[i]->manifest->name, name))
            return functions[i];
    }
    return NULL;
}

// push $function; jmp profile_entry
static void write_stub(const struct elf_block *block, const struct Function *function) {
    uint8_t *code = block->write;
    uint32_t record = (uint32_t)function;
    uint32_t distance = (uint32_t)profile_entry - (block->run + 10);
    code[0] = OPCODE_PUSH_IMMEDIATE;
    memcpy(code + 1, &record, 4);
    code[5] = OPCODE_JUMP_RELATIVE;
    memcpy(code + 6, &distance, 4);
}

static void init_version(struct Function *function, unsigned tier) {
    struct Version *version = &function->versions[tier];
    version->function = function;
    version->tier = (uint8_t)tier;
    stats_reset(&version->stats);
}

// If a pool has no room, returns null and stores that pool's name in `*pool`.
static struct Function *make_function(const struct manifest_function *manifest, const char **pool) {
    struct elf_block record, stub;
    *pool = "METADATA";
    if (pool_allocate(POOL_METADATA, sizeof(struct Function), 16, &record) < 0)
        return NULL;
    *pool = "CODE";
    if (pool_allocate(POOL_CODE, STUB_SIZE, STUB_SIZE, &stub) < 0) {
        pool_free(POOL_METADATA, record.run, record.size);
        return NULL;
    }
    struct Function *function = record.write;
    *function = (struct Function){0};
    function->manifest = manifest;
    function->stub = stub.run;
    function->saved_tier = PROFILE_STATE_COLD;
    function->state = FUNCTION_COLD;
    for (unsigned tier = 0; tier < MANIFEST_TIERS; tier++)
        init_version(function, tier);
    write_stub(&stub, function);
    return function;
}

int functions_register(void) {
    functions = allocate_pages(image_manifest.function_count * sizeof *functions + 1);
    for (uint32_t i = 0; i < image_manifest.function_count; i++) {
        const struct manifest_function *manifest = &image_manifest.functions[i];
        const char *pool;
        struct Function *function = make_function(manifest, &pool);
        if (!function) {
            kprintf(
                "[FAILED] %s and the functions after it are not registered: the %s pool is full\n",
                manifest->name, pool);
            break;
        }
        if (symbol_define(manifest->name, function->stub) < 0) {
            kprintf("[FAILED] %s: the kernel exports a function of that name\n", manifest->name);
            continue;
        }
        function->index = function_count;
        functions[function_count++] = function;
    }
    return (int)function_count;
}

uint64_t function_calls(const struct Function *function) {
    return (uint64_t)function->count_high << 32 | function->count;
}

bool function_is_hot(const struct Function *function) {
    return function_calls(function) >= image_manifest.thresholds[MANIFEST_TIERS - 2];
}

static bool in_span(const struct Span *span, uint32_t address) {
    return address - span->run < span->size;
}

static bool in_version(const struct Version *version, uint32_t address) {
    if (version->state == VERSION_ABSENT)
        return false;
    return in_span(&version->spans[ELF_POOL_CODE], address) ||
           in_span(&version->spans[ELF_POOL_DATA], address);
}

bool functions_find_address(uint32_t address, struct Function **function,
                            struct Version **version) {
    if (address - CODE_WRITE_BASE < POOL_MAX_SIZE)
        address += CODE_RUN_BASE - CODE_WRITE_BASE;
    for (uint32_t i = 0; i < function_count; i++) {
        *function = functions[i];
        *version = NULL;
        if (address - functions[i]->stub < STUB_SIZE)
            return true;
        for (unsigned tier = 0; tier < MANIFEST_TIERS; tier++) {
            *version = &functions[i]->versions[tier];
            if (in_version(*version, address))
                return true;
        }
    }
    return false;
}
