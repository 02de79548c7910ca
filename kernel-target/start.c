// Starts the image's program: loads the data first, then every function at the
// tier it starts with, then runs the constructors.
//
// Data objects may refer to one another in any order, so the kernel tries them
// in rounds until a round loads none. It reports an object that fails.
// Functions that need that object's names fail with an unresolved symbol; the
// others run.

#include "defs.h"

#include <formats/profile_state.h>

#define LISTED_FUNCTIONS 24

struct DataImage {
    struct elf_image image;
    bool loaded;
};

static bool load_data(uint32_t index, struct DataImage *images, bool report) {
    struct LoadResult result;
    if (load_data_object(&image_manifest.data[index], &result) < 0) {
        if (report)
            kprintf("[FAILED] %s\n", result.reason);
        return false;
    }
    images[index] = (struct DataImage){result.image, true};
    return true;
}

// Tries the data objects that are not loaded yet; true if it could load any.
static bool load_data_round(struct DataImage *images, bool report) {
    bool progress = false;
    for (uint32_t i = 0; i < image_manifest.data_count; i++)
        if (!images[i].loaded)
            progress |= load_data(i, images, report);
    return progress;
}

static void run_constructors(const struct elf_image *image) {
    const uint32_t *constructors = (const uint32_t *)image->init_array;
    for (uint32_t i = 0; i < image->init_array_count; i++)
        if (constructors[i] != 0)
            call_address_guarded(constructors[i]);
}

// Installs the saved tier, or the highest tier below it whose object loads.
static void give_first_code(struct Function *function) {
    unsigned tier = function->saved_tier < MANIFEST_TIERS ? function->saved_tier : 0;
    while (jit_install(function, tier) < 0 && tier > 0)
        tier--;
    function_arm(function, tier);
}

static void list_function(const struct Function *function) {
    const struct Version *version = function->current;
    if (!version)
        return;
    kprintf("[REGISTER] %s %s: stub 0x%08x, O%u at 0x%08x, %u bytes\n", function->manifest->name,
            function->manifest->signature_text, function->stub, version->tier, version->entry,
            version->spans[ELF_POOL_CODE].size);
}

static void register_functions(void) {
    functions_register();
    jit_init();
    tier_state_load();
}

static void start_functions(void) {
    for (uint32_t i = 0; i < function_count; i++) {
        give_first_code(function_at(i));
        if (i < LISTED_FUNCTIONS)
            list_function(function_at(i));
    }
    if (function_count > LISTED_FUNCTIONS)
        kprintf("[REGISTER] and %u more functions\n", function_count - LISTED_FUNCTIONS);
}

void start_program(void) {
    struct DataImage *images = allocate_pages(image_manifest.data_count * sizeof *images + 1);
    symbols_init(4 * image_manifest.function_count);
    symbols_add_exports();
    register_functions(); // before data, which may hold functions' addresses
    while (load_data_round(images, false)) {
    }
    load_data_round(images, true);
    start_functions();
    for (uint32_t i = 0; i < image_manifest.data_count; i++)
        if (images[i].loaded)
            run_constructors(&images[i].image);
    tier_state_dirty = false; // this boot has nothing to save yet
}
