/// Reading, checking and writing the stamp of an object; see formats/object_stamp.h.
///
/// The order of the checks decides which reason the error gives. Magic and
/// version come first, because the rest means nothing without them. Then comes
/// the checksum, because a damaged file's other values are noise. Last comes
/// what the object was made for.
#include <formats/object_stamp.h>
#include <formats/exports.h>
#include <formats/hash.h>
#include <formats/memory.h>
#include <formats/text.h>

_Static_assert(sizeof(struct object_stamp) == 48, "the stamp is a file format");
_Static_assert(offsetof(struct object_stamp, checksum) == 44, "the stamp is a file format");

static struct text begin_error(struct object_stamp_error *error, int code) {
    struct text text;
    error->code = code;
    text_begin(&text, error->text, sizeof error->text);
    text_add(&text, "stamp: ");
    return text;
}

static int fail(struct object_stamp_error *error, int code, const char *what) {
    struct text text = begin_error(error, code);
    text_add(&text, what);
    return code;
}

/// "stamp: WHAT: object 0x..., kernel 0x...".
static int fail_differs(struct object_stamp_error *error, int code, const char *what,
                        const char *wanted_by, uint64_t has, uint64_t wanted, unsigned digits) {
    struct text text = begin_error(error, code);
    text_add(&text, what);
    text_add(&text, ": object ");
    text_add_hex(&text, has, digits);
    text_add(&text, ", ");
    text_add(&text, wanted_by);
    text_add(&text, " ");
    text_add_hex(&text, wanted, digits);
    return code;
}

uint64_t object_stamp_target_hash(void) {
    return hash64_text(HASH64_START, OBJECT_STAMP_TRIPLE "\n" OBJECT_STAMP_DATA_LAYOUT);
}

void object_stamp_fill(struct object_stamp *stamp, uint8_t tier, uint64_t source_hash,
                       uint32_t cpu_features) {
    memset(stamp, 0, sizeof *stamp);
    stamp->magic = OBJECT_STAMP_MAGIC;
    stamp->version = OBJECT_STAMP_VERSION;
    stamp->size = sizeof *stamp;
    stamp->target_hash = object_stamp_target_hash();
    stamp->source_hash = source_hash;
    stamp->export_hash = export_set_hash();
    stamp->cpu_features = cpu_features;
    stamp->tier = tier;
}

static int find(const struct elf_object *object, uint32_t *offset,
                struct object_stamp_error *error) {
    struct elf_section_view section;
    if (!elf_object_find_section(object, OBJECT_STAMP_SECTION, &section))
        return fail(error, OBJECT_STAMP_EMISSING, "no section " OBJECT_STAMP_SECTION);
    if (section.loaded)
        return fail(error, OBJECT_STAMP_EMISSING, "in a section that would be loaded");
    if (section.size != sizeof(struct object_stamp))
        return fail(error, OBJECT_STAMP_EMISSING, "of the wrong size");
    *offset = section.offset;
    return OBJECT_STAMP_OK;
}

/// The checksum of the bytes before the field seeds the checksum of those after
/// it.
static uint32_t checksum_around(const uint8_t *bytes, uint32_t size, uint32_t stamp_offset) {
    uint32_t field = stamp_offset + (uint32_t)offsetof(struct object_stamp, checksum);
    uint32_t after = field + (uint32_t)sizeof(uint32_t);
    return checksum32(checksum32(0, bytes, field), bytes + after, size - after);
}

static int check_format(const struct object_stamp *stamp, struct object_stamp_error *error) {
    if (stamp->magic != OBJECT_STAMP_MAGIC)
        return fail_differs(error, OBJECT_STAMP_EMAGIC, "wrong magic number", "wanted",
                            stamp->magic, OBJECT_STAMP_MAGIC, 8);
    if (stamp->version != OBJECT_STAMP_VERSION || stamp->size != sizeof *stamp)
        return fail_differs(error, OBJECT_STAMP_EVERSION, "unknown format version", "kernel",
                            stamp->version, OBJECT_STAMP_VERSION, 1);
    return OBJECT_STAMP_OK;
}

static int check_made_for(const struct object_stamp *stamp, struct object_stamp_error *error) {
    if (stamp->target_hash != object_stamp_target_hash())
        return fail_differs(error, OBJECT_STAMP_ETARGET, "made for another triple or data layout",
                            "kernel", stamp->target_hash, object_stamp_target_hash(), 16);
    if (stamp->export_hash != export_set_hash())
        return fail_differs(error, OBJECT_STAMP_EEXPORTS, "made for another set of exports",
                            "kernel", stamp->export_hash, export_set_hash(), 16);
    return OBJECT_STAMP_OK;
}

int object_stamp_read(const struct elf_object *object, struct object_stamp *stamp,
                      struct object_stamp_error *error) {
    uint32_t offset;
    int status;
    error->code = OBJECT_STAMP_OK;
    error->text[0] = '\0';
    if ((status = find(object, &offset, error)))
        return status;
    memcpy(stamp, object->bytes + offset, sizeof *stamp);
    if ((status = check_format(stamp, error)))
        return status;
    uint32_t sum = checksum_around(object->bytes, object->size, offset);
    if (sum != stamp->checksum)
        return fail_differs(error, OBJECT_STAMP_ECHECKSUM, "damaged, wrong checksum", "computed",
                            stamp->checksum, sum, 8);
    return check_made_for(stamp, error);
}

int object_stamp_check(const struct elf_object *object, const struct object_expectation *expected,
                       struct object_stamp_error *error) {
    struct object_stamp stamp;
    int status = object_stamp_read(object, &stamp, error);
    if (status)
        return status;
    if (stamp.cpu_features & ~expected->cpu_features)
        return fail_differs(error, OBJECT_STAMP_ECPU, "needs CPU features that the processor lacks",
                            "processor", stamp.cpu_features, expected->cpu_features, 8);
    if (stamp.tier != expected->tier)
        return fail_differs(error, OBJECT_STAMP_ETIER, "made for another tier", "wanted",
                            stamp.tier, expected->tier, 1);
    if (stamp.source_hash != expected->source_hash)
        return fail_differs(error, OBJECT_STAMP_ESOURCE, "made from another source", "manifest",
                            stamp.source_hash, expected->source_hash, 16);
    return OBJECT_STAMP_OK;
}

int object_stamp_seal(const struct elf_object *object, void *bytes,
                      const struct object_stamp *stamp, struct object_stamp_error *error) {
    uint32_t offset;
    int status = find(object, &offset, error);
    if (status)
        return status;
    uint8_t *place = (uint8_t *)bytes + offset;
    struct object_stamp sealed = *stamp;
    memcpy(place, &sealed, sizeof sealed);
    sealed.checksum = checksum_around(bytes, object->size, offset);
    memcpy(place, &sealed, sizeof sealed);
    error->code = OBJECT_STAMP_OK;
    error->text[0] = '\0';
    return OBJECT_STAMP_OK;
}
