// Calls loaded functions from the kernel. The manifest's signature says how to
// read each argument from text and how to print the result. Arguments go onto
// the stack as the i386 C convention wants them.

#include "defs.h"

static bool is_wide(uint8_t type) {
    return type == MANIFEST_I64 || type == MANIFEST_U64 || type == MANIFEST_F64;
}

static bool is_float(uint8_t type) {
    return type == MANIFEST_F32 || type == MANIFEST_F64;
}

static bool parse_argument(const char *text, uint8_t type, uint64_t *bits) {
    if (!is_float(type))
        return parse_integer(text, bits);
    if (!parse_f64(text, bits))
        return false;
    if (type == MANIFEST_F32)
        *bits = f64_to_f32(*bits);
    return true;
}

int call_prepare(struct Call *call, int argc, char **argv) {
    *call = (struct Call){0};
    if (argc < 1) {
        kprintf("name a function; funcs lists them\n");
        return -1;
    }
    if (!(call->function = function_find(argv[0]))) {
        kprintf("there is no function %s; funcs lists them\n", argv[0]);
        return -1;
    }
    const struct manifest_signature *signature = &call->function->manifest->signature;
    if (!signature->callable) {
        kprintf("the shell cannot call %s: the manifest cannot express its signature\n", argv[0]);
        return -1;
    }
    if (argc - 1 != signature->argument_count) {
        kprintf("%s takes %u argument%s, %s; %d given\n", argv[0], signature->argument_count,
                signature->argument_count == 1 ? "" : "s", call->function->manifest->signature_text,
                argc - 1);
        return -1;
    }
    for (int i = 0; i < signature->argument_count; i++) {
        uint64_t bits;
        if (!parse_argument(argv[i + 1], signature->arguments[i], &bits)) {
            kprintf("%s is not a valid %s\n", argv[i + 1],
                    manifest_type_name(signature->arguments[i]));
            return -1;
        }
        call->words[call->word_count++] = (uint32_t)bits;
        if (is_wide(signature->arguments[i]))
            call->words[call->word_count++] = (uint32_t)(bits >> 32);
    }
    return 0;
}

uint64_t call_words(uint32_t address, const uint32_t *words, uint32_t count,
                    uint32_t result_in_st0);

uint64_t call_at(const struct Call *call, uint32_t address) {
    return call_words(address, call->words, call->word_count,
                      is_float(call->function->manifest->signature.result));
}

uint64_t call_raw(const struct Call *call) {
    return call_at(call, call->function->stub);
}

bool call_guarded(const struct Call *call, uint64_t *result) {
    struct Checkpoint checkpoint;
    checkpoint_enter(&checkpoint);
    bool returned = checkpoint_set(&checkpoint) == 0;
    if (returned)
        *result = call_raw(call);
    checkpoint_leave(&checkpoint);
    return returned;
}

bool call_address_guarded(uint32_t address) {
    struct Checkpoint checkpoint;
    checkpoint_enter(&checkpoint);
    bool returned = checkpoint_set(&checkpoint) == 0;
    if (returned)
        call_words(address, NULL, 0, 0);
    checkpoint_leave(&checkpoint);
    return returned;
}

// A register holds more bits than a narrow result has; the rest is noise.
uint64_t result_value(const struct Call *call, uint64_t result) {
    switch (call->function->manifest->signature.result) {
    case MANIFEST_VOID: return 0;
    case MANIFEST_BOOL:
    case MANIFEST_U8: return (uint8_t)result;
    case MANIFEST_I8: return (uint64_t)(int64_t)(int8_t)result;
    case MANIFEST_U16: return (uint16_t)result;
    case MANIFEST_I16: return (uint64_t)(int64_t)(int16_t)result;
    case MANIFEST_I32: return (uint64_t)(int64_t)(int32_t)result;
    case MANIFEST_U32:
    case MANIFEST_PTR: return (uint32_t)result;
    default: return result;
    }
}

void print_result(const struct Call *call, uint64_t result) {
    uint8_t type = call->function->manifest->signature.result;
    uint64_t value = result_value(call, result);
    if (is_float(type)) {
        print_f64(value);
        if (type == MANIFEST_F64)
            kprintf(" bits 0x%016llx", value);
        else
            kprintf(" bits 0x%08x", f64_to_f32(value));
    } else if (type == MANIFEST_VOID) {
        kprintf("nothing");
    } else if (type == MANIFEST_PTR) {
        kprintf("0x%08x", (uint32_t)value);
    } else if (type == MANIFEST_U64) {
        kprintf("%llu", value);
    } else {
        kprintf("%lld", (int64_t)value);
    }
}
