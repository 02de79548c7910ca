// The kernel's start, in order. boot.S calls kernel_prepare() on a small stack
// with paging off, then kmain() on the boot processor's own.

#include "defs.h"
#include "x86.h"

#define MULTIBOOT_LOADED 0x2BADB002

uint32_t kernel_prepare(uint32_t magic, const struct MultibootInfo *info);

// Returns the stack for kmain().
uint32_t kernel_prepare(uint32_t magic, const struct MultibootInfo *info) {
    boot_tsc = rdtsc();
    console_init();
    if (magic != MULTIBOOT_LOADED)
        panic("not started by a multiboot loader");
    cpu_check_features();
    options_parse(info); // copies the command line: its memory is about to be given out
    frames_init(info);
    smp_find(); // the firmware's tables are not mapped later
    paging_init();
    paging_enable();
    cpu_prepare(0); // stacks
    return cpus[0].stack_top;
}

static void print_pools(void) {
    for (int i = 0; i < POOL_COUNT; i++) {
        struct PoolUsage pool = pool_usage(i);
        kprintf("[INIT] %s pool: %u KiB at 0x%08x\n", pool.name, pool.size / KIB, pool.run_base);
    }
}

static void start_image(void) {
    if (disk_init(boot_options.programmed_io) < 0) {
        kprintf("[DISK] no disk found; attach one with -drive file=IMAGE,format=raw,if=ide\n");
        return;
    }
    kprintf("[DISK] %s, %u KiB\n", disk_description(), (uint32_t)(disk_device()->sector_count / 2));
    if (image_mount() < 0 || image_read_manifest() < 0)
        return;
    start_program();
}

_Noreturn void kmain(void);
_Noreturn void kmain(void) {
    cpu_load(0);       // descriptor tables
    interrupts_init(); // faults are reported from here on
    timer_init(boot_options.hz);
    console_enable_input();
    kprintf("[INIT] ajit kernel, %u MiB, time stamp counter at %u MHz\n",
            frames_total_count() / (MIB / PAGE_SIZE), tsc_per_microsecond);
    pools_init(boot_options.pool_sizes); // memory for loaded code
    print_pools();
    smp_init(!boot_options.single_processor);
    kprintf("[INIT] %u processor%s\n", cpus_running, cpus_running == 1 ? "" : "s");
    interrupts_on();
    loader_init();
    start_image(); // disk, volume, manifest, functions
    kprintf("[INIT] ready after %u us\n", microseconds_since(boot_tsc));
    shell_run();
}
