// The shell's commands.

#include "defs.h"
#include "x86.h"

#include <formats/object_stamp.h>

#define EXIT_PASS 0x10 // QEMU ends with 33

static void command_help(int argc, char **argv) {
    (void)argc, (void)argv;
    print_commands(shell_commands);
    kprintf("For tests and experiments:\n");
    print_commands(test_commands);
}

static int list_entry(void *context, const struct fat16_entry *entry) {
    (void)context;
    if (entry->attributes & FAT16_DIRECTORY)
        kprintf("%10s  %s\n", "directory", entry->name);
    else
        kprintf("%10u  %s\n", entry->size, entry->name);
    return 0;
}

static void command_ls(int argc, char **argv) {
    if (!image_mounted) {
        kprintf("no image is mounted\n");
        return;
    }
    int status = fat16_list(&image_volume, argc > 1 ? argv[1] : "/", list_entry, NULL);
    if (status < 0)
        kprintf("ls: %s\n", fat16_status_text(status));
}

// Shows '.' for every byte that is not text, so that a binary file does not
// upset a terminal.
static void print_text(const uint8_t *bytes, uint32_t size) {
    for (uint32_t i = 0; i < size; i++) {
        char c = (char)bytes[i];
        console_putc((c >= ' ' && c < 0x7F) || c == '\n' || c == '\t' ? c : '.');
    }
}

static void command_cat(int argc, char **argv) {
    uint8_t *bytes;
    uint32_t size;
    if (argc != 2) {
        kprintf("usage: cat FILE\n");
        return;
    }
    int status = image_read_file(argv[1], &bytes, &size);
    if (status < 0)
        kprintf("cat: %s: %s\n", argv[1], fat16_status_text(status));
    else
        print_text(bytes, size);
}

static void command_load(int argc, char **argv) {
    uint64_t tier = 0;
    bool automatic = argc == 3 && same_text(argv[2], "auto");
    if (argc != 3 || (!automatic && !parse_integer(argv[2], &tier)) || tier >= MANIFEST_TIERS) {
        kprintf("usage: load NAME TIER, with TIER from 0 to 3 or auto\n");
        return;
    }
    struct Function *function = function_find(argv[1]);
    if (!function) {
        kprintf("there is no function %s; funcs lists them\n", argv[1]);
        return;
    }
    if (automatic) {
        if (function->current)
            function_arm(function, function->current->tier);
        return;
    }
    function->threshold = 0; // the profile no longer decides
    if (jit_install(function, (unsigned)tier) < 0)
        return;
    kprintf("[LOAD] %s: O%u at 0x%08x\n", argv[1], (unsigned)tier, function->current->entry);
}

static void command_funcs(int argc, char **argv) {
    (void)argc, (void)argv;
    kprintf("%-24s stub       tier code       signature\n", "function");
    for (uint32_t i = 0; i < function_count; i++) {
        const struct Function *function = function_at(i);
        const struct Version *current = function->current;
        kprintf("%-24s 0x%08x ", function->manifest->name, function->stub);
        if (current)
            kprintf("O%u   0x%08x ", current->tier, current->entry);
        else
            kprintf("-    -          ");
        kprintf("%s\n", function->manifest->signature_text);
    }
}

// Takes a last word "xN" off the arguments.
uint32_t take_repeat(int *argc, char **argv, uint32_t otherwise) {
    uint64_t repeat;
    const char *last = argv[*argc - 1];
    if (*argc < 2 || last[0] != 'x' || !parse_integer(last + 1, &repeat))
        return otherwise;
    (*argc)--;
    return (uint32_t)repeat;
}

void print_job(const char *tag, const struct Job *job) {
    const char *name = job->call.function->manifest->name;
    if (job->aborted) {
        kprintf("[%s] %s: aborted in call %u of %u\n", tag, name, job->done + 1, job->repeat);
        return;
    }
    kprintf("[%s] %s = ", tag, name);
    print_result(&job->call, job->last);
    kprintf(", %u call%s\n", job->done, job->done == 1 ? "" : "s");
}

static void command_run(int argc, char **argv) {
    struct Job job = {.repeat = take_repeat(&argc, argv, 1)};
    if (call_prepare(&job.call, argc - 1, argv + 1) < 0)
        return;
    job_run(&job);
    if (job.repeat > 0)
        print_job("RUN", &job);
}

static bool wants_all(int argc, char **argv) {
    return argc == 2 && same_text(argv[1], "all");
}

static void command_profile(int argc, char **argv) {
    profile_print(wants_all(argc, argv));
}

static void command_tiers(int argc, char **argv) {
    tiers_print(wants_all(argc, argv));
}

static void command_mem(int argc, char **argv) {
    (void)argc, (void)argv;
    kprintf("pool          size       used       peak  refused  runs at     written at\n");
    for (int i = 0; i < POOL_COUNT; i++) {
        struct PoolUsage pool = pool_usage(i);
        kprintf("%-8s %9u %10u %10u %8u  0x%08x  0x%08x\n", pool.name, pool.size, pool.used,
                pool.peak, pool.refused, pool.run_base, pool.write_base);
    }
    kprintf("physical memory: %u of %u KiB free\n", frames_free_count() * (PAGE_SIZE / KIB),
            frames_total_count() * (PAGE_SIZE / KIB));
    for (uint32_t i = 0; i < cpus_running; i++)
        kprintf("processor %u: stack 0x%08x to 0x%08x\n", i, cpus[i].stack_floor,
                cpus[i].stack_top);
}

static void verify_object(const char *file, uint64_t source_hash, uint8_t tier, uint32_t *bad) {
    struct LoadResult result;
    if (check_object(file, source_hash, tier, &result) == 0)
        return;
    kprintf("[VERIFY] %s\n", result.reason);
    (*bad)++;
}

static void command_verify(int argc, char **argv) {
    (void)argc, (void)argv;
    uint32_t checked = 0, bad = 0;
    for (uint32_t i = 0; i < image_manifest.data_count; i++, checked++)
        verify_object(image_manifest.data[i].object, image_manifest.data[i].source_hash,
                      OBJECT_STAMP_TIER_DATA, &bad);
    for (uint32_t i = 0; i < image_manifest.function_count; i++) {
        const struct manifest_function *function = &image_manifest.functions[i];
        for (uint8_t tier = 0; tier < MANIFEST_TIERS; tier++) {
            if (!function->objects[tier][0])
                continue;
            verify_object(function->objects[tier], function->source_hash, tier, &bad);
            checked++;
        }
    }
    if (!image_has_manifest)
        kprintf("[VERIFY] no manifest\n");
    else
        kprintf("[VERIFY] %u objects, %u bad\n", checked, bad);
}

static bool parse_switch(int argc, char **argv, bool *on) {
    if (argc == 2 && same_text(argv[1], "on"))
        *on = true;
    else if (argc == 2 && same_text(argv[1], "off"))
        *on = false;
    else
        return false;
    return true;
}

static void command_sync(int argc, char **argv) {
    if (!parse_switch(argc, argv, &jit_synchronous))
        kprintf("usage: sync on|off\n");
    kprintf("[SYNC] objects are loaded %s\n",
            jit_synchronous ? "in the call that asks" : "in idle time");
}

static void command_quiet(int argc, char **argv) {
    if (!parse_switch(argc, argv, &jit_quiet))
        kprintf("usage: quiet on|off\n");
}

static void command_save(int argc, char **argv) {
    (void)argc, (void)argv;
    tier_state_save();
}

static void command_poweroff(int argc, char **argv) {
    (void)argc, (void)argv;
    background_work();
    tier_state_save(); // even if no tier has changed: the call counts have
    kprintf("[POWEROFF]\n");
    power_off(EXIT_PASS);
}

// What the project is about, on one screen: a function is called 150 times and
// moves to O1 at the hundredth call.
static void command_demo(int argc, char **argv) {
    (void)argc, (void)argv;
    char line[] = "run fibonacci 20 x150; profile; tiers; mem";
    shell_execute_line(line);
}

const struct Command shell_commands[] = {
    {"help", "", "this list", command_help},
    {"ls", "[DIRECTORY]", "the files of the image", command_ls},
    {"cat", "FILE", "a file's text", command_cat},
    {"load", "NAME TIER|auto", "swap to that tier and stay; auto: as the profile says",
     command_load},
    {"funcs", "", "functions, signatures, where they are", command_funcs},
    {"run", "NAME ARGUMENTS [xN]", "call a function, N times", command_run},
    {"profile", "[all]", "calls, cycles, tier and state per function", command_profile},
    {"tiers", "[all]", "the same per function and tier", command_tiers},
    {"mem", "", "pools and physical memory", command_mem},
    {"bench", "[call] NAME ARGUMENTS [xN] | load",
     "cycles per tier; cost of a counted call; disk to callable", command_bench},
    {"verify", "", "check every object of the image", command_verify},
    {"sync", "on|off", "load in the call that asks, not in idle time", command_sync},
    {"quiet", "on|off", "no log lines for swaps", command_quiet},
    {"save", "", "write the tiers reached to the image", command_save},
    {"demo", "", "150 calls, one recompilation, the tables", command_demo},
    {"poweroff", "", "save and end QEMU with status 33", command_poweroff},
    {0},
};
