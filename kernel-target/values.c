// Numbers as text and back, in integer arithmetic only.
//
// The kernel reads floating-point arguments and prints results to the bit,
// without any floating-point instruction: its C has none. It prints results as
// C's %a does, which is exact. Arguments may be hexadecimal in the same form,
// or decimal with up to 19 digits, rounded to nearest, ties to even.

#include "defs.h"

#define F64_MANTISSA_BITS 52
#define F64_BIAS 1023
#define F64_EXPONENT_MAX 0x7FF
#define F64_SIGN (1ull << 63)
#define F64_MANTISSA_MASK ((1ull << F64_MANTISSA_BITS) - 1)
#define F32_MANTISSA_BITS 23
#define F32_BIAS 127

static int digit_value(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return 99;
}

static bool is_hexadecimal(const char *text) {
    return text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
}

bool parse_integer(const char *text, uint64_t *value) {
    bool negative = *text == '-';
    if (negative)
        text++;
    int base = is_hexadecimal(text) ? 16 : 10;
    if (base == 16)
        text += 2;
    if (!*text)
        return false;
    *value = 0;
    for (; *text; text++) {
        int digit = digit_value(*text);
        if (digit >= base)
            return false;
        *value = *value * (uint64_t)base + (uint64_t)digit;
    }
    if (negative)
        *value = 0 - *value;
    return true;
}

// Shifts right and rounds to nearest, ties to even; `sticky` says that bits
// below the lowest were lost already.
static uint64_t shift_round(uint64_t value, uint32_t shift, bool sticky) {
    if (shift == 0)
        return value;
    if (shift > 64)
        return 0;
    uint64_t kept = shift == 64 ? 0 : value >> shift;
    uint64_t half = 1ull << (shift - 1);
    uint64_t lost = shift == 64 ? value : value & ((half << 1) - 1);
    bool up = lost > half || (lost == half && (sticky || (kept & 1)));
    return kept + up;
}

// The double nearest to value * 2^exponent, value not 0.
static uint64_t f64_from_scaled(uint64_t value, int exponent, bool sticky) {
    while (!(value & F64_SIGN))
        value <<= 1, exponent--;
    int biased = exponent + 63 + F64_BIAS;
    if (biased >= F64_EXPONENT_MAX)
        return (uint64_t)F64_EXPONENT_MAX << F64_MANTISSA_BITS;
    if (biased <= 0)
        return shift_round(value, (uint32_t)(12 - biased), sticky); // subnormal
    // A carry out of the mantissa moves into the exponent, as it should.
    uint64_t mantissa = shift_round(value, 11, sticky);
    return ((uint64_t)(biased - 1) << F64_MANTISSA_BITS) + mantissa;
}

// value / divisor as a double: bit by bit, until 64 quotient bits are known.
static uint64_t f64_from_ratio(uint64_t value, uint64_t divisor) {
    int exponent = 0;
    uint64_t quotient = value / divisor, rest = value % divisor;
    while (!(quotient & F64_SIGN)) {
        bool carry = rest & F64_SIGN;
        rest <<= 1;
        quotient <<= 1;
        exponent--;
        if (carry || rest >= divisor)
            rest -= divisor, quotient |= 1;
    }
    return f64_from_scaled(quotient, exponent, rest != 0);
}

static bool parse_exponent(const char *text, int *exponent) {
    uint64_t value;
    if (*text == '+')
        text++;
    if (!parse_integer(text, &value))
        return false;
    *exponent += (int)value;
    return true;
}

static bool parse_hexadecimal_f64(const char *text, uint64_t *bits) {
    uint64_t value = 0;
    int exponent = 0;
    bool point = false;
    for (; digit_value(*text) < 16 || *text == '.'; text++) {
        if (*text == '.') {
            if (point)
                return false;
            point = true;
            continue;
        }
        if (value >> 60)
            return false; // more digits than a double has
        value = value << 4 | (uint64_t)digit_value(*text);
        if (point)
            exponent -= 4;
    }
    if (*text == 'p' && !parse_exponent(text + 1, &exponent))
        return false;
    if (*text != 'p' && *text != 0)
        return false;
    *bits = value ? f64_from_scaled(value, exponent, false) : 0;
    return true;
}

static bool parse_decimal_f64(const char *text, uint64_t *bits) {
    uint64_t value = 0, divisor = 1;
    bool point = false;
    if (!*text)
        return false;
    for (; *text; text++) {
        if (*text == '.' && !point) {
            point = true;
            continue;
        }
        if (*text < '0' || *text > '9' || value > (UINT64_MAX - 9) / 10)
            return false;
        value = value * 10 + (uint64_t)(*text - '0');
        if (point) {
            if (divisor > UINT64_MAX / 10)
                return false;
            divisor *= 10;
        }
    }
    *bits = value ? f64_from_ratio(value, divisor) : 0;
    return true;
}

bool parse_f64(const char *text, uint64_t *bits) {
    bool negative = *text == '-';
    if (negative)
        text++;
    bool good = is_hexadecimal(text) ? parse_hexadecimal_f64(text + 2, bits)
                                     : parse_decimal_f64(text, bits);
    if (good && negative)
        *bits |= F64_SIGN;
    return good;
}

uint32_t f64_to_f32(uint64_t bits) {
    uint32_t sign = (uint32_t)(bits >> 32) & 0x80000000;
    int exponent = (int)(bits >> F64_MANTISSA_BITS & F64_EXPONENT_MAX) - F64_BIAS + F32_BIAS;
    uint64_t mantissa = bits & F64_MANTISSA_MASK;
    if (exponent == F64_EXPONENT_MAX - F64_BIAS + F32_BIAS) // infinity, or a NaN that stays one
        return sign | 0x7F800000 | (mantissa ? 0x400000 | (uint32_t)(mantissa >> 29) : 0);
    if (exponent >= 255)
        return sign | 0x7F800000;
    if (exponent <= 0) { // subnormal or zero
        uint32_t shift = (uint32_t)(30 - exponent);
        return sign | (uint32_t)shift_round(mantissa | 1ull << F64_MANTISSA_BITS, shift, false);
    }
    return sign + ((uint32_t)exponent << F32_MANTISSA_BITS) +
           (uint32_t)shift_round(mantissa, 29, false);
}

// The mantissa's 13 hexadecimal digits without the zeros at the end.
static void print_fraction(uint64_t mantissa) {
    if (mantissa == 0)
        return;
    uint32_t digits = 13;
    while ((mantissa & 15) == 0)
        mantissa >>= 4, digits--;
    kprintf(".");
    while (digits-- > 0)
        kprintf("%x", (uint32_t)(mantissa >> (4 * digits)) & 15);
}

void print_f64(uint64_t bits) {
    int exponent = (int)(bits >> F64_MANTISSA_BITS & F64_EXPONENT_MAX);
    uint64_t mantissa = bits & F64_MANTISSA_MASK;
    if (bits & F64_SIGN)
        kprintf("-");
    if (exponent == F64_EXPONENT_MAX) {
        kprintf(mantissa ? "nan" : "inf");
        return;
    }
    kprintf(exponent ? "0x1" : "0x0");
    print_fraction(mantissa);
    int power = exponent ? exponent - F64_BIAS : mantissa ? 1 - F64_BIAS : 0;
    kprintf("p%s%d", power >= 0 ? "+" : "", power);
}
