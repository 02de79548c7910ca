// The boot command line: options, then commands.
//
//     kernel.elf code=1M data=256K meta=64K hz=100 disk=pio smp=off run fib 10; poweroff
//
// The first word is the kernel's own file name. The words after it are options
// as long as they contain '='. The rest, from the first word without '=' on, is
// lines for the shell, separated by ';'. The text lies right after the kernel
// in memory, so the kernel copies it before anything else may use that memory.

#include "defs.h"

struct BootOptions boot_options = {
    // Large enough for the first demonstration.
    .pool_sizes = {[POOL_CODE] = 32 * KIB, [POOL_DATA] = 32 * KIB, [POOL_METADATA] = 16 * KIB},
    .hz = 100,
};

static bool starts_with(const char *text, const char *prefix) {
    return memcmp(text, prefix, strlen(prefix)) == 0;
}

// A decimal number with an optional K or M. Stops at the first other character.
static uint32_t parse_size(const char *text) {
    uint64_t value = 0;
    while (*text >= '0' && *text <= '9' && value <= UINT32_MAX)
        value = value * 10 + (uint64_t)(*text++ - '0');
    if (*text == 'K' || *text == 'k')
        value *= KIB;
    if (*text == 'M' || *text == 'm')
        value *= MIB;
    return value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

static uint32_t parse_pool_size(const char *text) {
    uint32_t size = parse_size(text);
    if (size < PAGE_SIZE)
        size = PAGE_SIZE;
    if (size > POOL_MAX_SIZE)
        size = POOL_MAX_SIZE;
    return round_up(size, PAGE_SIZE);
}

static void parse_option(const char *word) {
    if (starts_with(word, "code=")) {
        boot_options.pool_sizes[POOL_CODE] = parse_pool_size(word + 5);
    } else if (starts_with(word, "data=")) {
        boot_options.pool_sizes[POOL_DATA] = parse_pool_size(word + 5);
    } else if (starts_with(word, "meta=")) {
        boot_options.pool_sizes[POOL_METADATA] = parse_pool_size(word + 5);
    } else if (starts_with(word, "hz=")) {
        uint32_t hz = parse_size(word + 3);
        boot_options.hz = hz < 19 ? 19 : hz > 10000 ? 10000 : hz; // the timer's range
    } else if (starts_with(word, "disk=")) {
        boot_options.programmed_io = starts_with(word + 5, "pio");
    } else if (starts_with(word, "smp=")) {
        boot_options.single_processor = starts_with(word + 4, "off");
    } else if (starts_with(word, "tiers=")) {
        tier_state_ignore = starts_with(word + 6, "ignore");
    } else {
        kprintf("[INIT] unknown boot option %s, ignored\n", word);
    }
}

static const char *skip_spaces(const char *text) {
    while (*text == ' ')
        text++;
    return text;
}

static bool word_is_option(const char *text) {
    for (; *text && *text != ' ' && *text != ';'; text++)
        if (*text == '=')
            return true;
    return false;
}

// Copies one word and returns what follows it; an over-long word is cut.
static const char *take_word(const char *text, char *word, uint32_t capacity) {
    uint32_t length = 0;
    for (; *text && *text != ' ' && *text != ';'; text++)
        if (length + 1 < capacity)
            word[length++] = *text;
    word[length] = 0;
    return text;
}

void options_parse(const struct MultibootInfo *info) {
    if (!(info->flags & MULTIBOOT_HAS_COMMAND_LINE))
        return;
    char word[64];
    const char *text = take_word((const char *)info->command_line, word, sizeof word);
    for (text = skip_spaces(text); word_is_option(text); text = skip_spaces(text)) {
        text = take_word(text, word, sizeof word);
        parse_option(word);
    }
    uint32_t length = 0;
    while (*text && length + 1 < sizeof boot_options.commands)
        boot_options.commands[length++] = *text++;
    boot_options.commands[length] = 0;
    if (*text)
        kprintf("[INIT] the boot command line is too long; the kernel ignores: %s\n", text);
}
