/// Signatures of functions as text: "u64(i32,ptr)"; see formats/manifest.h.
#include <formats/manifest.h>
#include <formats/memory.h>

static const char *const type_names[MANIFEST_TYPE_COUNT] = {
    [MANIFEST_VOID] = "void", [MANIFEST_I8] = "i8",   [MANIFEST_U8] = "u8",
    [MANIFEST_I16] = "i16",   [MANIFEST_U16] = "u16", [MANIFEST_I32] = "i32",
    [MANIFEST_U32] = "u32",   [MANIFEST_I64] = "i64", [MANIFEST_U64] = "u64",
    [MANIFEST_F32] = "f32",   [MANIFEST_F64] = "f64", [MANIFEST_PTR] = "ptr",
    [MANIFEST_BOOL] = "bool",
};

const char *manifest_type_name(unsigned type) {
    return type < MANIFEST_TYPE_COUNT ? type_names[type] : "?";
}

/// Reads one type name and advances past it. No name is a prefix of another.
static bool parse_type(const char **at, uint8_t *type) {
    for (unsigned i = 0; i < MANIFEST_TYPE_COUNT; i++) {
        const char *name = type_names[i];
        const char *end = *at;
        while (*name && *end == *name)
            name++, end++;
        if (*name)
            continue;
        *at = end;
        *type = (uint8_t)i;
        return true;
    }
    return false;
}

static bool parse_arguments(const char **at, struct manifest_signature *signature) {
    if (**at == ')')
        return true;
    for (;;) {
        if (signature->argument_count == MANIFEST_MAX_ARGUMENTS)
            return false;
        uint8_t *argument = &signature->arguments[signature->argument_count++];
        if (!parse_type(at, argument) || *argument == MANIFEST_VOID)
            return false;
        if (**at != ',')
            return true;
        ++*at;
    }
}

bool manifest_parse_signature(const char *text, struct manifest_signature *signature) {
    memset(signature, 0, sizeof *signature);
    if (!parse_type(&text, &signature->result) || *text++ != '(' ||
        !parse_arguments(&text, signature) || *text++ != ')' || *text != '\0')
        return false;
    signature->callable = true;
    return true;
}
