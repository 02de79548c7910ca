/// The hash of the export set; see formats/exports.h.
#include <formats/exports.h>
#include <formats/hash.h>

uint64_t export_set_hash(void) {
    uint64_t hash = HASH64_START;
#define ADD_EXPORT(name, signature) hash = hash64_text(hash, #name " " signature "\n");
    AJIT_EXPORTS(ADD_EXPORT)
#undef ADD_EXPORT
    return hash;
}
