// The shell: command lines over serial and from the boot command line.
//
// The lines of the boot command line run first, one after another; then the
// shell reads from the console. While it waits for input, the boot processor
// does the background work: recompiling, reclaiming, saving the tiers. With
// none of it left, the processor sleeps until an interrupt.

#include "defs.h"
#include "x86.h"

#define LINE_BYTES 256
#define MAX_WORDS 16
#define PROMPT "ajit> "

static const struct Command *find_command(const struct Command *commands, const char *name) {
    for (; commands->name; commands++)
        if (same_text(commands->name, name))
            return commands;
    return NULL;
}

void print_commands(const struct Command *commands) {
    for (; commands->name; commands++)
        kprintf("  %-9s %-32s %s\n", commands->name, commands->arguments, commands->help);
}

static int split_words(char *line, char **words) {
    int count = 0;
    while (*line) {
        while (*line == ' ')
            *line++ = 0;
        if (!*line || count == MAX_WORDS)
            break;
        words[count++] = line;
        while (*line && *line != ' ')
            line++;
    }
    return count;
}

static void execute_one(char *line) {
    char *words[MAX_WORDS];
    int count = split_words(line, words);
    if (count == 0)
        return;
    const struct Command *command = find_command(shell_commands, words[0]);
    if (!command)
        command = find_command(test_commands, words[0]);
    if (command)
        command->run(count, words);
    else
        kprintf("no command %s; help lists them\n", words[0]);
}

void shell_execute_line(char *line) {
    while (*line) {
        char *end = line;
        while (*end && *end != ';')
            end++;
        bool last = *end == 0;
        *end = 0;
        console_stop_typed = false;
        execute_one(line);
        line = last ? end : end + 1;
    }
}

// Does background work until a byte arrives.
static char wait_for_byte(void) {
    for (;;) {
        int byte = console_getc();
        if (byte >= 0)
            return (char)byte;
        background_work();
        if (tier_state_dirty)
            tier_state_save();
        interrupts_off();
        byte = console_getc(); // an interrupt since may have delivered one
        if (byte >= 0) {
            interrupts_on();
            return (char)byte;
        }
        wait_for_interrupt();
    }
}

static void read_line(char *line) {
    uint32_t length = 0;
    for (;;) {
        char c = wait_for_byte();
        if (c == '\r' || c == '\n')
            break;
        if ((c == '\b' || c == 0x7F) && length > 0) {
            length--;
            kprintf("\b \b");
        } else if (c >= ' ' && c < 0x7F && length + 1 < LINE_BYTES) {
            line[length++] = c;
            console_putc(c);
        }
    }
    line[length] = 0;
    kprintf("\n");
}

_Noreturn void shell_run(void) {
    static char line[LINE_BYTES];
    shell_execute_line(boot_options.commands);
    for (;;) {
        kprintf(PROMPT);
        read_line(line);
        shell_execute_line(line);
    }
}
