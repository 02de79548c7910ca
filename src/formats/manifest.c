/// The manifest's parser; see formats/manifest.h for the format.
///
/// The parser first checks the text as a whole: it ends with a line end, has no
/// NUL, and has the right checksum. Then it cuts the text into lines and fields
/// in place. Every step consumes input or fails, so the parser is linear, with
/// one exception: to find a function that is listed twice, it compares each
/// name with those before it.
#include <formats/manifest.h>
#include <formats/exports.h>
#include <formats/hash.h>
#include <formats/memory.h>
#include <formats/object_stamp.h>
#include <formats/text.h>

/// What is left of the text, and of the current line.
struct reader {
    char *at;    ///< the next line
    char *end;   ///< one past the last
    char *field; ///< the next field of the current line; null after its last
    uint32_t line;
    struct manifest_error *error;
};

static int fail(const struct reader *reader, int code, const char *what) {
    struct text text;
    reader->error->code = code;
    reader->error->line = reader->line;
    text_begin(&text, reader->error->text, sizeof reader->error->text);
    text_add(&text, "manifest");
    if (reader->line) {
        text_add(&text, " line ");
        text_add_number(&text, reader->line);
    }
    text_add(&text, ": ");
    text_add(&text, what);
    return code;
}

/// Cuts off the next line; the line's first field becomes the next field. The
/// text ends with a line end, so the search always stops.
static bool next_line(struct reader *reader) {
    if (reader->at == reader->end)
        return false;
    reader->field = reader->at;
    while (*reader->at != '\n')
        reader->at++;
    *reader->at++ = '\0';
    reader->line++;
    return true;
}

/// Cuts off the next field. Returns null at the end of the line or for an empty
/// field.
static char *next_field(struct reader *reader) {
    char *field = reader->field;
    if (!field || *field == '\0')
        return NULL;
    char *at = field;
    while (*at && *at != ' ')
        at++;
    if (at == field)
        return NULL;
    reader->field = *at ? at + 1 : NULL;
    *at = '\0';
    return field;
}

static bool take_word(struct reader *reader, const char *word) {
    const char *field = next_field(reader);
    return field && text_same(field, word);
}

/// Whether all fields of the current line have been taken.
static bool at_end(const struct reader *reader) {
    return reader->field == NULL;
}

static int hex_digit(char byte) {
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    if (byte >= 'a' && byte <= 'f')
        return byte - 'a' + 10;
    return -1;
}

/// Takes exactly `digits` lower-case hexadecimal digits.
static bool take_hex(struct reader *reader, unsigned digits, uint64_t *value) {
    const char *field = next_field(reader);
    if (!field || strlen(field) != digits)
        return false;
    *value = 0;
    for (; *field; field++) {
        int digit = hex_digit(*field);
        if (digit < 0)
            return false;
        *value = *value << 4 | (unsigned)digit;
    }
    return true;
}

/// Takes a decimal number without sign or leading zeros that fits 32 bits.
static bool take_number(struct reader *reader, uint32_t *value) {
    const char *field = next_field(reader);
    if (!field || (field[0] == '0' && field[1]))
        return false;
    *value = 0;
    for (; *field; field++) {
        if (*field < '0' || *field > '9')
            return false;
        uint32_t digit = (uint32_t)(*field - '0');
        if (*value > (UINT32_MAX - digit) / 10)
            return false;
        *value = *value * 10 + digit;
    }
    return true;
}

static bool is_file_byte(char byte) {
    return (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') || byte == '_' ||
           byte == '-' || byte == '~';
}

/// Takes an upper-case 8.3 name; stores "" for '-'.
static bool take_file(struct reader *reader, char name[MANIFEST_FILE_NAME_BYTES]) {
    const char *field = next_field(reader);
    if (!field || strlen(field) >= MANIFEST_FILE_NAME_BYTES)
        return false;
    unsigned base = 0, extension = 0;
    const char *at = field;
    for (; is_file_byte(*at); at++)
        base++;
    if (*at == '.') {
        for (at++; is_file_byte(*at); at++)
            extension++;
        if (extension == 0)
            return false;
    }
    if (*at || base < 1 || base > 8 || extension > 3)
        return false;
    memcpy(name, field, strlen(field) + 1);
    if (text_same(name, "-"))
        name[0] = '\0';
    return true;
}

/// Replaces each %XX by the byte it stands for. Returns false for a malformed
/// %XX, an encoded NUL, or a byte that should have been encoded.
static bool decode(char *name) {
    char *to = name;
    for (const char *from = name; *from; from++) {
        if (*from <= 0x20 || *from >= 0x7f)
            return false;
        if (*from != '%') {
            *to++ = *from;
            continue;
        }
        int high = hex_digit(from[1]);
        int low = high < 0 ? -1 : hex_digit(from[2]);
        if (low < 0 || (high == 0 && low == 0))
            return false;
        *to++ = (char)(high << 4 | low);
        from += 2;
    }
    *to = '\0';
    return true;
}

static bool parse_flags(const char *field, uint8_t *flags) {
    static const char letters[] = "sxv";
    *flags = 0;
    if (text_same(field, "-"))
        return true;
    for (unsigned i = 0; letters[i]; i++)
        if (*field == letters[i]) {
            *flags |= (uint8_t)(1u << i);
            field++;
        }
    return *field == '\0' && *flags != 0;
}

static int parse_head(struct reader *reader, struct manifest *manifest) {
    uint32_t version;
    if (!next_line(reader) || !take_word(reader, "ajit-manifest") ||
        !take_number(reader, &version) || !at_end(reader))
        return fail(reader, MANIFEST_ESYNTAX, "expected \"ajit-manifest VERSION\"");
    if (version != MANIFEST_VERSION)
        return fail(reader, MANIFEST_EVERSION, "unknown version");
    if (!next_line(reader) || !take_word(reader, "target") ||
        !take_hex(reader, 16, &manifest->target_hash) || !take_word(reader, "exports") ||
        !take_hex(reader, 16, &manifest->export_hash) || !at_end(reader))
        return fail(reader, MANIFEST_ESYNTAX, "expected \"target HASH exports HASH\"");
    return MANIFEST_OK;
}

static int parse_thresholds(struct reader *reader, struct manifest *manifest) {
    uint32_t *thresholds = manifest->thresholds;
    if (!next_line(reader) || !take_word(reader, "thresholds") ||
        !take_number(reader, &thresholds[0]) || !take_number(reader, &thresholds[1]) ||
        !take_number(reader, &thresholds[2]) || !at_end(reader))
        return fail(reader, MANIFEST_ESYNTAX, "expected \"thresholds N N N\"");
    if (thresholds[0] == 0 || thresholds[0] >= thresholds[1] || thresholds[1] >= thresholds[2])
        return fail(reader, MANIFEST_EVALUE, "thresholds must rise, starting above 0");
    return MANIFEST_OK;
}

static int parse_state(struct reader *reader, struct manifest *manifest) {
    if (!next_line(reader) || !take_word(reader, "state") ||
        !take_file(reader, manifest->state_file) || !at_end(reader))
        return fail(reader, MANIFEST_ESYNTAX, "expected \"state FILE\"");
    return MANIFEST_OK;
}

static int parse_data(struct reader *reader, struct manifest *manifest) {
    if (manifest->data_count == manifest->data_capacity)
        return fail(reader, MANIFEST_ELIMIT, "too many data objects");
    struct manifest_data *data = &manifest->data[manifest->data_count];
    if (!take_file(reader, data->object) || !take_hex(reader, 16, &data->source_hash) ||
        !at_end(reader))
        return fail(reader, MANIFEST_ESYNTAX, "expected \"data FILE HASH\"");
    if (data->object[0] == '\0')
        return fail(reader, MANIFEST_EVALUE, "data without an object");
    manifest->data_count++;
    return MANIFEST_OK;
}

static int parse_name(struct reader *reader, struct manifest_function *function) {
    char *name = next_field(reader);
    if (!name || !decode(name))
        return fail(reader, MANIFEST_ESYNTAX, "the function name is missing or badly encoded");
    if (strlen(name) >= MANIFEST_MAX_NAME)
        return fail(reader, MANIFEST_ELIMIT, "function name too long");
    function->name = name;
    return MANIFEST_OK;
}

static int parse_type(struct reader *reader, struct manifest_function *function) {
    const char *signature = next_field(reader);
    if (!signature ||
        (!manifest_parse_signature(signature, &function->signature) && !text_same(signature, "-")))
        return fail(reader, MANIFEST_ESYNTAX, "expected a signature or '-'");
    function->signature_text = signature;
    const char *flags = next_field(reader);
    if (!flags || !parse_flags(flags, &function->flags))
        return fail(reader, MANIFEST_ESYNTAX, "expected function flags or '-'");
    return MANIFEST_OK;
}

static int parse_objects(struct reader *reader, struct manifest_function *function) {
    for (unsigned tier = 0; tier < MANIFEST_TIERS; tier++)
        if (!take_file(reader, function->objects[tier]))
            return fail(reader, MANIFEST_ESYNTAX, "expected one object file, or '-', per tier");
    if (!at_end(reader))
        return fail(reader, MANIFEST_ESYNTAX, "unexpected text after the last tier's file");
    if (function->objects[0][0] == '\0')
        return fail(reader, MANIFEST_EVALUE, "no object for tier 0");
    return MANIFEST_OK;
}

static int parse_function(struct reader *reader, struct manifest *manifest) {
    if (manifest->function_count == manifest->function_capacity)
        return fail(reader, MANIFEST_ELIMIT, "too many functions");
    struct manifest_function *function = &manifest->functions[manifest->function_count];
    int status;
    if ((status = parse_name(reader, function)) || (status = parse_type(reader, function)))
        return status;
    if (!take_hex(reader, 16, &function->source_hash))
        return fail(reader, MANIFEST_ESYNTAX, "no source hash");
    if ((status = parse_objects(reader, function)))
        return status;
    if (manifest_find(manifest, function->name))
        return fail(reader, MANIFEST_EDUPLICATE, "function listed twice");
    manifest->function_count++;
    return MANIFEST_OK;
}

/// Data lines come before function lines: the kernel loads in this order.
static int parse_line(struct reader *reader, struct manifest *manifest) {
    const char *kind = next_field(reader);
    if (kind && text_same(kind, "function"))
        return parse_function(reader, manifest);
    if (kind && text_same(kind, "data") && manifest->function_count == 0)
        return parse_data(reader, manifest);
    return fail(reader, MANIFEST_ESYNTAX,
                "expected a data, function or checksum line, with data before functions");
}

/// A NUL would end a field early and hide the rest of the line.
static int check_bytes(const struct reader *reader) {
    for (const char *at = reader->at; at != reader->end; at++)
        if (*at == '\0')
            return fail(reader, MANIFEST_ESYNTAX, "contains a NUL");
    return MANIFEST_OK;
}

/// The last line, "checksum XXXXXXXX\n", has a fixed size.
enum { CHECKSUM_LINE = 9 + 8 + 1 };

static int check_checksum(struct reader *reader, struct manifest *manifest) {
    uint32_t size = (uint32_t)(reader->end - reader->at);
    if (size < CHECKSUM_LINE || reader->end[-1] != '\n')
        return fail(reader, MANIFEST_ESYNTAX, "does not end with a checksum line");
    char *last = reader->end - CHECKSUM_LINE;
    uint32_t sum = checksum32(0, reader->at, size - CHECKSUM_LINE);
    struct reader line = {.at = last, .end = reader->end, .error = reader->error};
    uint64_t stored;
    if ((last != reader->at && last[-1] != '\n') || !next_line(&line) || line.at != line.end ||
        !take_word(&line, "checksum") || !take_hex(&line, 8, &stored) || !at_end(&line))
        return fail(reader, MANIFEST_ESYNTAX, "does not end with a checksum line");
    if (stored != sum)
        return fail(reader, MANIFEST_ECHECKSUM, "damaged: the checksum is wrong");
    manifest->checksum = sum;
    reader->end = last;
    return MANIFEST_OK;
}

int manifest_parse(struct manifest *manifest, char *text, uint32_t length,
                   struct manifest_error *error) {
    struct reader reader = {.at = text, .end = text + length, .error = error};
    int status;
    error->code = MANIFEST_OK;
    error->line = 0;
    error->text[0] = '\0';
    manifest->function_count = 0;
    manifest->data_count = 0;
    if ((status = check_bytes(&reader)) || (status = check_checksum(&reader, manifest)) ||
        (status = parse_head(&reader, manifest)) ||
        (status = parse_thresholds(&reader, manifest)) || (status = parse_state(&reader, manifest)))
        return status;
    while (!status && next_line(&reader))
        status = parse_line(&reader, manifest);
    return status;
}

int manifest_check_target(const struct manifest *manifest, struct manifest_error *error) {
    struct reader whole = {.error = error};
    if (manifest->target_hash != object_stamp_target_hash())
        return fail(&whole, MANIFEST_ETARGET, "made for another triple or data layout");
    if (manifest->export_hash != export_set_hash())
        return fail(&whole, MANIFEST_ETARGET, "made for a kernel with other exports");
    return MANIFEST_OK;
}

const struct manifest_function *manifest_find(const struct manifest *manifest, const char *name) {
    for (uint32_t i = 0; i < manifest->function_count; i++)
        if (text_same(manifest->functions[i].name, name))
            return &manifest->functions[i];
    return NULL;
}

bool manifest_body_symbol(const char *name, unsigned tier, char *buffer, uint32_t capacity) {
    struct text text;
    text_begin(&text, buffer, capacity);
    text_add(&text, name);
    text_add(&text, "$O");
    text_add_number(&text, tier);
    return text.length == strlen(name) + 3 && tier < MANIFEST_TIERS;
}
