// The serial console: all of the kernel's output and input.
//
// Output goes straight to the UART, polled, so that a message from a fault
// handler is out before anything else happens. Input arrives by interrupt into
// a ring, so that the idle processor can halt instead of polling.
//
// One lock keeps the lines of two processors apart. Its owner may take it
// again: a fault report must come out even if the fault hit while the same
// processor was printing.

#include "defs.h"
#include "x86.h"

#define COM1 0x3F8
#define COM1_IRQ 4
#define UART_DATA (COM1 + 0)
#define UART_INTERRUPTS (COM1 + 1)
#define UART_FIFO (COM1 + 2)
#define UART_LINE (COM1 + 3)
#define UART_MODEM (COM1 + 4)
#define UART_STATUS (COM1 + 5)
#define UART_DIVISOR_LOW (COM1 + 0)
#define UART_DIVISOR_HIGH (COM1 + 1)

#define STATUS_RECEIVED 0x01
#define STATUS_CAN_SEND 0x20
#define FIFO_DEPTH 16

#define NO_OWNER (-1)
#define CONTROL_C 0x03

static struct {
    int owner;          // processor that holds the lock, or NO_OWNER
    uint32_t depth;     // times the owner holds it
    uint32_t fifo_room; // bytes that are known to fit into the transmit FIFO
} console = {.owner = NO_OWNER};

volatile bool console_stop_typed;

// Filled by the interrupt handler, emptied by console_getc(), both on the boot
// processor; `head` and `tail` run freely and are reduced on use.
static struct {
    uint8_t bytes[512];
    volatile uint32_t head, tail;
} input;

void console_init(void) {
    out8(UART_INTERRUPTS, 0);
    out8(UART_LINE, 0x80); // divisor latch: 115,200 baud
    out8(UART_DIVISOR_LOW, 1);
    out8(UART_DIVISOR_HIGH, 0);
    out8(UART_LINE, 0x03);  // 8 bits, no parity, one stop bit
    out8(UART_FIFO, 0x07);  // FIFOs on and empty, an interrupt per byte
    out8(UART_MODEM, 0x0B); // DTR, RTS, and OUT2, which lets interrupts through
}

static void console_interrupt(struct TrapFrame *frame) {
    (void)frame;
    while (in8(UART_STATUS) & STATUS_RECEIVED) {
        uint8_t byte = in8(UART_DATA);
        if (byte == CONTROL_C)
            console_stop_typed = true;
        else if (input.head - input.tail < sizeof input.bytes)
            input.bytes[input.head++ % sizeof input.bytes] = byte;
    }
}

void console_enable_input(void) {
    interrupts_set_irq(COM1_IRQ, console_interrupt);
    out8(UART_INTERRUPTS, 0x01);
}

int console_getc(void) {
    if (input.head == input.tail)
        return -1;
    return input.bytes[input.tail++ % sizeof input.bytes];
}

static uint32_t console_lock(void) {
    uint32_t flags = interrupts_save();
    int self = (int)cpu_index();
    while (__atomic_load_n(&console.owner, __ATOMIC_ACQUIRE) != self) {
        int free = NO_OWNER;
        if (__atomic_compare_exchange_n(&console.owner, &free, self, false, __ATOMIC_ACQUIRE,
                                        __ATOMIC_RELAXED))
            break;
        cpu_relax();
    }
    console.depth++;
    return flags;
}

static void console_unlock(uint32_t flags) {
    if (--console.depth == 0)
        __atomic_store_n(&console.owner, NO_OWNER, __ATOMIC_RELEASE);
    interrupts_restore(flags);
}

void console_hold(void) {
    console_lock();
}

void console_break_lock(void) {
    if (__atomic_load_n(&console.owner, __ATOMIC_ACQUIRE) != (int)cpu_index())
        return;
    console.depth = 0;
    __atomic_store_n(&console.owner, NO_OWNER, __ATOMIC_RELEASE);
}

// An empty FIFO takes 16 bytes, so this polls its status once in 16 bytes.
static void send(uint8_t byte) {
    if (console.fifo_room == 0) {
        while (!(in8(UART_STATUS) & STATUS_CAN_SEND))
            cpu_relax();
        console.fifo_room = FIFO_DEPTH;
    }
    console.fifo_room--;
    out8(UART_DATA, byte);
}

static void put(char c) {
    if (c == '\n')
        send('\r');
    send((uint8_t)c);
}

void console_putc(char c) {
    uint32_t flags = console_lock();
    put(c);
    console_unlock(flags);
}

// One conversion of kprintf: %[-][0][width][ll]{d,u,x,s,c,%}.
struct Conversion {
    bool left, zeros, wide;
    uint32_t width;
    char letter;
};

static const char *parse_conversion(const char *format, struct Conversion *out) {
    *out = (struct Conversion){0};
    if (*format == '-')
        out->left = true, format++;
    if (*format == '0')
        out->zeros = true, format++;
    while (*format >= '0' && *format <= '9')
        out->width = out->width * 10 + (uint32_t)(*format++ - '0');
    while (*format == 'l')
        out->wide = true, format++;
    out->letter = *format;
    return *format ? format + 1 : format;
}

static void put_padded(const char *text, uint32_t length, const struct Conversion *how) {
    uint32_t padding = how->width > length ? how->width - length : 0;
    if (!how->left)
        for (uint32_t i = 0; i < padding; i++)
            put(how->zeros ? '0' : ' ');
    for (uint32_t i = 0; i < length; i++)
        put(text[i]);
    if (how->left)
        for (uint32_t i = 0; i < padding; i++)
            put(' ');
}

static void put_number(uint64_t value, bool negative, const struct Conversion *how) {
    char digits[24];
    uint32_t at = sizeof digits;
    do {
        uint32_t digit = how->letter == 'x' ? (uint32_t)value & 15 : (uint32_t)(value % 10);
        digits[--at] = "0123456789abcdef"[digit];
        value = how->letter == 'x' ? value >> 4 : value / 10;
    } while (value != 0);
    if (negative)
        digits[--at] = '-';
    put_padded(digits + at, sizeof digits - at, how);
}

static void put_integer(const struct Conversion *how, va_list *arguments) {
    bool is_signed = how->letter == 'd';
    int64_t value;
    if (how->wide)
        value = va_arg(*arguments, int64_t);
    else
        value = is_signed ? va_arg(*arguments, int32_t) : (int64_t)va_arg(*arguments, uint32_t);
    bool negative = is_signed && value < 0;
    put_number(negative ? 0 - (uint64_t)value : (uint64_t)value, negative, how);
}

void kvprintf(const char *format, va_list arguments) {
    va_list rest;
    va_copy(rest, arguments);
    uint32_t flags = console_lock();
    while (*format) {
        if (*format != '%') {
            put(*format++);
            continue;
        }
        struct Conversion how;
        format = parse_conversion(format + 1, &how);
        if (how.letter == 's') {
            const char *text = va_arg(rest, const char *);
            put_padded(text, strlen(text), &how);
        } else if (how.letter == 'c') {
            put((char)va_arg(rest, int));
        } else if (how.letter == 'd' || how.letter == 'u' || how.letter == 'x') {
            put_integer(&how, &rest);
        } else {
            put(how.letter);
        }
    }
    console_unlock(flags);
    va_end(rest);
}

void kprintf(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    kvprintf(format, arguments);
    va_end(arguments);
}
