// From a file on the image to linked code: read, check, link.
//
// elf_validate*.c, elf_link.c and object_stamp.c check and link; they know
// nothing of this kernel. This file gives them its pools and its symbols. The
// loader refuses an object as a whole: after a failure nothing is allocated,
// and `reason` says which part of which file broke which rule.

#include "defs.h"
#include "x86.h"

#include <formats/object_stamp.h>
#include <formats/text.h>

#define MAX_SECTIONS 8192
#define MAX_SYMBOLS 65536

static struct elf_workspace workspace;

void loader_init(void) {
    workspace.section_capacity = MAX_SECTIONS;
    workspace.sections = allocate_pages(MAX_SECTIONS * sizeof *workspace.sections);
    workspace.symbol_capacity = MAX_SYMBOLS;
    workspace.symbols = allocate_pages(MAX_SYMBOLS * sizeof *workspace.symbols);
}

static int allocate(void *context, enum elf_pool pool, uint32_t size, uint32_t alignment,
                    struct elf_block *block) {
    (void)context;
    return pool_allocate(pool == ELF_POOL_CODE ? POOL_CODE : POOL_DATA, size, alignment, block);
}

static void release(void *context, enum elf_pool pool, const struct elf_block *block) {
    (void)context;
    pool_free(pool == ELF_POOL_CODE ? POOL_CODE : POOL_DATA, block->run, block->size);
}

static int resolve(void *context, const char *name, uint32_t *address) {
    (void)context;
    return symbol_find(name, address) ? 0 : -1;
}

// Keeps the first copy of a COMDAT group that several data objects contain.
static bool keep_group(void *context, const char *signature) {
    uint32_t address;
    (void)context;
    return !symbol_find(signature, &address);
}

static const struct elf_host host = {
    .allocate = allocate,
    .release = release,
    .resolve = resolve,
    .keep_group = keep_group,
};

void unload_image(struct elf_image *image) {
    elf_image_release(image, &host);
}

void version_keep(struct Version *version, const struct LoadResult *result) {
    for (unsigned pool = 0; pool < ELF_POOL_COUNT; pool++) {
        const struct elf_block *block = &result->image.blocks[pool];
        version->spans[pool] = (struct Span){block->run, block->write ? block->size : 0};
    }
    version->entry = result->entry;
}

void version_unload(struct Version *version) {
    for (unsigned pool = 0; pool < ELF_POOL_COUNT; pool++) {
        struct Span *span = &version->spans[pool];
        if (span->size > 0)
            pool_free(pool == ELF_POOL_CODE ? POOL_CODE : POOL_DATA, span->run, span->size);
        *span = (struct Span){0};
    }
    version->entry = 0;
}

static int fail(struct LoadResult *result, const char *file, const char *reason) {
    struct text text;
    text_begin(&text, result->reason, sizeof result->reason);
    text_add(&text, file);
    text_add(&text, ": ");
    text_add(&text, reason);
    return -1;
}

// Reads `file` and checks it against `expected`.
static int read_and_check(const char *file, const struct object_expectation *expected,
                          struct elf_object *object, struct LoadResult *result) {
    struct elf_error error;
    struct object_stamp_error stamp_error;
    uint8_t *bytes;
    uint32_t size;
    uint64_t start = rdtsc();
    int status = image_read_object(file, &bytes, &size);
    if (status < 0)
        return fail(result, file, fat16_status_text(status));
    result->times.bytes = size;
    result->times.read_us = microseconds_since(start);
    start = rdtsc();
    if (elf_object_validate(object, bytes, size, &workspace, &error) < 0)
        return fail(result, file, error.text);
    if (object_stamp_check(object, expected, &stamp_error) < 0)
        return fail(result, file, stamp_error.text);
    result->times.check_us = microseconds_since(start);
    return 0;
}

static int load(const char *file, const struct object_expectation *expected,
                struct elf_object *object, struct LoadResult *result) {
    struct elf_error error;
    *result = (struct LoadResult){0};
    if (read_and_check(file, expected, object, result) < 0)
        return -1;
    uint64_t start = rdtsc();
    if (elf_object_link(object, &host, &result->image, &error) < 0)
        return fail(result, file, error.text);
    result->times.link_us = microseconds_since(start);
    return 0;
}

int check_object(const char *file, uint64_t source_hash, uint8_t tier, struct LoadResult *result) {
    struct elf_object object;
    struct object_expectation expected = {source_hash, object_cpu_features, tier};
    *result = (struct LoadResult){0};
    return read_and_check(file, &expected, &object, result);
}

// Finds the body's address. Refuses an object with constructors, which would
// have to run before the body.
static int find_body(const struct Function *function, unsigned tier,
                     const struct elf_object *object, struct LoadResult *result) {
    char name[MANIFEST_MAX_NAME + 4];
    const char *file = function->manifest->objects[tier];
    if (!manifest_body_symbol(function->manifest->name, tier, name, sizeof name))
        return fail(result, file, "the name is too long");
    uint32_t symbol = elf_object_find_symbol(object, name);
    if (symbol == 0)
        return fail(result, file, "does not define the function's body");
    result->entry = elf_object_symbol_address(object, symbol);
    const struct elf_block *code = &result->image.blocks[ELF_POOL_CODE];
    if (!code->write || result->entry - code->run >= code->size)
        return fail(result, file, "the function's body is not code");
    if (result->image.init_array_count > 0)
        return fail(result, file, "a function's object must not have constructors");
    return 0;
}

int load_function_object(const struct Function *function, unsigned tier,
                         struct LoadResult *result) {
    struct elf_object object;
    struct object_expectation expected = {function->manifest->source_hash, object_cpu_features,
                                          (uint8_t)tier};
    if (load(function->manifest->objects[tier], &expected, &object, result) < 0)
        return -1;
    if (find_body(function, tier, &object, result) < 0) {
        unload_image(&result->image);
        return -1;
    }
    return 0;
}

// Publishes one global; its name is copied out of the staging buffer.
static int define_global(const char *file, const struct elf_symbol_view *view, uint32_t address,
                         struct LoadResult *result) {
    struct elf_block name;
    uint32_t other;
    if (symbol_find(view->name, &other)) {
        if (view->weak)
            return 0; // the first definition stands
        return fail(result, file, "defines a name that is already defined");
    }
    uint32_t size = strlen(view->name) + 1;
    if (pool_allocate(POOL_METADATA, size, 1, &name) < 0)
        return fail(result, file, "the METADATA pool has no room for its names");
    memcpy(name.write, view->name, size);
    symbol_define(name.write, address);
    return 0;
}

int load_data_object(const struct manifest_data *data, struct LoadResult *result) {
    struct elf_object object;
    struct elf_symbol_view view;
    struct object_expectation expected = {data->source_hash, object_cpu_features,
                                          OBJECT_STAMP_TIER_DATA};
    if (load(data->object, &expected, &object, result) < 0)
        return -1;
    // From here on the object stays loaded, even if a name cannot be published:
    // names already published may refer to it.
    for (uint32_t i = 1; i < elf_object_symbol_count(&object); i++) {
        elf_object_symbol(&object, i, &view);
        if (!view.defined || !view.global)
            continue;
        if (define_global(data->object, &view, elf_object_symbol_address(&object, i), result) < 0)
            kprintf("[FAILED] %s: %s\n", view.name, result->reason);
    }
    return 0;
}
