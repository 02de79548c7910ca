/// Bounded text building; see formats/text.h.
#include <formats/text.h>

static void add_byte(struct text *text, char byte) {
    if (text->length + 1 >= text->capacity)
        return;
    text->bytes[text->length++] = byte;
    text->bytes[text->length] = '\0';
}

void text_begin(struct text *text, char *bytes, uint32_t capacity) {
    text->bytes = bytes;
    text->capacity = capacity;
    text->length = 0;
    bytes[0] = '\0';
}

void text_add(struct text *text, const char *string) {
    while (*string)
        add_byte(text, *string++);
}

void text_add_name(struct text *text, const char *name) {
    for (; *name; name++)
        add_byte(text, *name >= 0x20 && *name < 0x7f ? *name : '?');
}

void text_add_number(struct text *text, uint32_t value) {
    char digits[10];
    unsigned count = 0;
    do {
        digits[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    while (count)
        add_byte(text, digits[--count]);
}

void text_add_hex(struct text *text, uint64_t value, unsigned digits) {
    while (digits < 16 && value >> (4 * digits))
        digits++;
    text_add(text, "0x");
    while (digits--)
        add_byte(text, "0123456789abcdef"[(value >> (4 * digits)) & 15]);
}

bool text_same(const char *left, const char *right) {
    while (*left && *left == *right)
        left++, right++;
    return *left == *right;
}
