// What the kernel's source files offer one another, grouped by file.
//
// Two rules hold throughout. Only the boot processor loads, links, publishes and
// frees code and talks to the disk, so those files need no locks; the other
// processor only runs loaded code. And the kernel's own C never touches x87 or
// SSE registers, so the floating-point state always belongs to loaded code.
#ifndef AJIT_KERNEL_DEFS_H
#define AJIT_KERNEL_DEFS_H

#include <formats/elf_loader.h>
#include <formats/fat16.h>
#include <formats/manifest.h>
#include <formats/memory.h>

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE_SIZE 4096u
#define KIB 1024u
#define MIB (1024u * 1024u)
#define ARRAY_LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static inline uint32_t round_up(uint32_t value, uint32_t step) {
    return (value + step - 1) & ~(step - 1);
}

struct Checkpoint;
struct Function;
struct MultibootInfo;
struct ShadowFrame;
struct Version;

// console.c
void console_init(void);
void console_enable_input(void);
int console_getc(void);                  // -1: nothing has been typed
extern volatile bool console_stop_typed; // ^C was typed; the code that acts on it clears it
void console_putc(char c);
void console_hold(void);       // this processor's lines stay together until console_break_lock()
void console_break_lock(void); // after an aborted call: drops the lock this processor holds
void kprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));
void kvprintf(const char *format, va_list arguments);

// cpu.c: the processors' own structures
#define MAX_CPUS 2

struct Cpu {
    struct Cpu *self; // first: read through %gs:0
    uint32_t index;   // 0 is the boot processor
    uint32_t apic_id;
    uint32_t stack_floor; // lowest address of the stack; a guard page lies below
    uint32_t stack_top;
    uint32_t stack_canary;  // at %gs:0x14, where the compiler's run-time library looks for it
    uint32_t stack_reserve; // a call that begins with the stack below this is aborted
    struct ShadowFrame *shadow_base;  // calls of loaded functions in progress, outermost first
    struct ShadowFrame *shadow_top;   // the next free frame
    struct ShadowFrame *shadow_limit; // one past the last frame
    struct Checkpoint *checkpoint;    // where an aborted call resumes; null: none is set
    uint32_t interrupt_depth;         // hardware interrupt handlers in progress
    uint32_t kernel_depth;            // sections since the checkpoint that must not be aborted
};

_Static_assert(offsetof(struct Cpu, stack_canary) == 0x14, "fixed by the i386 ABI of Linux");

extern struct Cpu cpus[MAX_CPUS];
extern uint32_t object_cpu_features; // what loaded code may use: enum object_cpu_feature

void cpu_check_features(void);    // panics if the processor lacks what the kernel needs
void cpu_prepare(uint32_t index); // stacks and structures, before that processor runs on them
void cpu_load(uint32_t index);    // on that processor: descriptor tables, control registers

static inline struct Cpu *this_cpu(void) {
    struct Cpu *cpu;
    __asm__("movl %%gs:0, %0" : "=r"(cpu));
    return cpu;
}

uint32_t cpu_index(void); // this_cpu()->index; 0 before cpu_load()

// What a double fault's task switch saved of the faulting task, and a way to
// resume that task elsewhere.
struct InterruptedTask {
    uint32_t eip, esp, ebp;
};
struct InterruptedTask cpu_interrupted_task(void);
void cpu_redirect_interrupted_task(void (*function)(void), uint32_t stack);

// interrupts.c, with entry.S
struct TrapFrame {
    uint32_t edi, esi, ebp, ignored_esp, ebx, edx, ecx, eax;
    uint32_t vector, error;
    uint32_t eip, cs, eflags; // the interrupted stack begins after this
};

enum {
    VECTOR_IRQ_BASE = 32,
    VECTOR_WAKE = 0x50,        // there is a job
    VECTOR_SYNCHRONISE = 0x51, // there is new code
    VECTOR_STOP = 0x52,        // abort the job
    VECTOR_SPURIOUS = 0xFF,
};

typedef void InterruptHandler(struct TrapFrame *frame);

void interrupts_init(void);
void interrupts_load(void); // on each processor
void interrupts_set_irq(uint32_t irq, InterruptHandler *handler);

// faults.c: fault reports and recovery
// The point where the kernel resumes if the loaded code that it calls faults. It
// lives on the caller's stack; the caller calls checkpoint_leave() before it
// returns.
struct Checkpoint {
    uint32_t ebx, esi, edi, ebp, esp, eip; // used by entry.S
    struct Checkpoint *outer;
    struct ShadowFrame *shadow_top;
    uint32_t interrupt_depth, kernel_depth; // as they were outside
    uint32_t interrupts_were_on;
};

int checkpoint_set(struct Checkpoint *checkpoint) __attribute__((returns_twice));
void checkpoint_enter(struct Checkpoint *checkpoint); // before checkpoint_set()
void checkpoint_leave(struct Checkpoint *checkpoint);
_Noreturn void abort_call(const char *reason, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void panic(const char *reason, ...) __attribute__((format(printf, 1, 2)));
void fault(struct TrapFrame *frame);
void stop_if_asked(const struct TrapFrame *frame); // from the timer: ends the call if ^C was typed
void stop_call(const struct TrapFrame *frame); // from an interrupt: ends the call if that is safe
void describe_address(uint32_t address);       // prints which pool, function and tier

// timer.c
extern uint32_t tsc_per_microsecond;
extern volatile uint32_t timer_ticks;
extern uint64_t boot_tsc; // at the kernel's first instructions in C

void timer_init(uint32_t hz);
void timer_set_hook(void (*hook)(void)); // called in each tick's handler; null: none
uint32_t microseconds_since(uint64_t tsc);
void delay_microseconds(uint32_t microseconds);

// frames.c: physical memory
void frames_init(const struct MultibootInfo *info);
uint32_t frames_allocate(uint32_t count); // contiguous; the address, or 0 if there is no room
void frames_free(uint32_t address, uint32_t count);
uint32_t frames_free_count(void);
uint32_t frames_total_count(void);
uint32_t frames_memory_top(void);     // end of the highest usable memory
void *allocate_pages(uint32_t bytes); // frames at their direct mapping; panics if none is free

// paging.c
#define PAGE_PRESENT 0x001u
#define PAGE_WRITABLE 0x002u
#define PAGE_UNCACHED 0x018u
#define PAGE_NO_EXECUTE (1ull << 63)

void paging_init(void);
void paging_enable(void); // on each processor
void paging_map(uint32_t address, uint32_t frame, uint64_t flags);
void paging_unmap(uint32_t address);
uint32_t paging_physical(uint32_t address); // of a mapped address

// The address space above physical memory. The gaps between these ranges are
// never mapped.
enum {
    CODE_RUN_BASE = 0xC0000000,   // read and execute
    CODE_WRITE_BASE = 0xC2000000, // the same frames, read and write
    DATA_BASE = 0xC4000000,
    METADATA_BASE = 0xC6000000,
    POOL_MAX_SIZE = 16 * 1024 * 1024,
    STACKS_BASE = 0xD0000000,
    STACKS_STEP = 0x00800000, // per processor
};

// pools.c: memory for loaded code, its data, and what the kernel knows about it
enum PoolId { POOL_CODE, POOL_DATA, POOL_METADATA, POOL_COUNT };

struct PoolUsage {
    const char *name;
    uint32_t run_base, write_base;
    uint32_t size, used, peak; // bytes
    uint32_t refused;          // requests that did not fit
};

void pools_init(const uint32_t sizes[POOL_COUNT]);
int pool_allocate(enum PoolId pool, uint32_t size, uint32_t alignment, struct elf_block *block);
void pool_free(enum PoolId pool, uint32_t run, uint32_t size);
struct PoolUsage pool_usage(enum PoolId pool);
const char *pool_of_address(uint32_t address); // "CODE, executable view"; null: none

// disk.c
struct DiskPort {
    uint16_t command, control, bus_master; // I/O ports; bus_master is 0 if there is none
    bool lba48;
    uint64_t sector_count;
};
int disk_init(bool programmed_io_only); // 0, or negative: no disk
const struct block_device *disk_device(void);
const char *disk_description(void);

// disk_cache.c
void disk_cache_init(const struct block_device *disk, struct block_device *cached);

// ide_pio.c, ide_dma.c: one request of at most IDE_MAX_SECTORS each
enum { IDE_SECTOR = 512, IDE_MAX_SECTORS = 2048 };
int ide_identify(struct DiskPort *port);
int ide_pio_transfer(const struct DiskPort *port, uint64_t first, uint32_t count, void *buffer,
                     bool write);
int ide_dma_find(struct DiskPort *port);
int ide_dma_transfer(const struct DiskPort *port, uint64_t first, uint32_t count, void *buffer,
                     bool write);
int ide_wait_ready(const struct DiskPort *port);
void ide_issue(const struct DiskPort *port, uint64_t first, uint32_t count, uint8_t command28,
               uint8_t command48);

// image.c: the volume and the manifest on it
extern struct fat16_volume image_volume;
extern struct manifest image_manifest;
extern bool image_mounted, image_has_manifest;

int image_mount(void); // both print their own errors
int image_read_manifest(void);
// Reads a whole file into a buffer that stays valid until the next call.
// Negative fat16_status on failure.
int image_read_file(const char *path, uint8_t **bytes, uint32_t *size);
int image_read_object(const char *name, uint8_t **bytes, uint32_t *size); // the same, by the index

// image_index.c
void image_index_build(void);
bool image_index_open(const char *path, struct fat16_file *file); // false: not listed

// symbols.c: names that loaded objects may refer to
void symbols_init(uint32_t capacity);
int symbol_define(const char *name, uint32_t address); // -1: defined already
bool symbol_find(const char *name, uint32_t *address);
void symbols_add_exports(void);

// functions.c: the table of functions
enum FunctionState {
    FUNCTION_COLD,      // no code has been loaded yet
    FUNCTION_QUEUED,    // the next tier has been asked for
    FUNCTION_LOADING,   // its object is being read and linked
    FUNCTION_INSTALLED, // runs at the tier that `current` says
    FUNCTION_FAILED,    // the loader refused the last object; the old tier runs on
};

enum VersionState {
    VERSION_ABSENT,  // nothing in the pools
    VERSION_CURRENT, // what the next call runs
    VERSION_RETIRED, // replaced; calls may still be inside
};

struct CallStats {
    _Alignas(8) uint64_t calls; // completed
    uint64_t total;             // cycles from entry to return, callees included
    uint64_t minimum, maximum;  // aligned, for cmpxchg8b
};

// A block of a pool; size 0: none.
struct Span {
    uint32_t run, size;
};

// One tier of one function. Lives as long as its function: a late caller may
// still count itself in and out of a version whose code is gone.
struct Version {
    uint32_t entry;           // run address; valid while the code is there
    volatile uint32_t active; // calls that are inside or still deciding whether to enter
    struct Function *function;
    uint8_t tier;
    uint8_t state; // of enum VersionState; only the boot processor uses it
    struct Version *next_retired;
    struct Span spans[ELF_POOL_COUNT]; // what it has in the CODE and DATA pools
    struct CallStats stats;            // of all calls at this tier since boot
};

struct Function {
    struct Version *volatile current; // the atomic code pointer; null: no code
    volatile uint32_t count;          // calls begun, low word
    volatile uint32_t count_high;
    volatile uint32_t threshold; // the number of the call that asks for the next tier; 0: never
    volatile uint8_t state;      // of enum FunctionState
    uint8_t saved_tier;          // from earlier boots, or PROFILE_STATE_COLD
    uint32_t saved_calls;
    uint32_t stub; // what every use of the function's name sees
    uint32_t index;
    const struct manifest_function *manifest;
    struct Version versions[MANIFEST_TIERS];
};

extern uint32_t function_count;
struct Function *function_at(uint32_t index);
struct Function *function_find(const char *name);
int functions_register(void); // registers as many of the manifest's as fit; returns how many
uint64_t function_calls(const struct Function *function);
bool function_is_hot(const struct Function *function);       // has crossed the last threshold
void function_arm(struct Function *function, unsigned tier); // sets the threshold to leave tier
// The function and version whose code or data holds `address`.
bool functions_find_address(uint32_t address, struct Function **function, struct Version **version);

// loader.c: from a file to linked code
struct LoadTimes {
    uint32_t bytes;
    uint32_t read_us, check_us, link_us;
};
struct LoadResult {
    struct elf_image image;
    uint32_t entry; // of the symbol asked for
    struct LoadTimes times;
    char reason[256]; // why it failed, if it did
};
int load_function_object(const struct Function *function, unsigned tier, struct LoadResult *result);
int load_data_object(const struct manifest_data *data, struct LoadResult *result);
// Reads and checks an object without linking it.
int check_object(const char *file, uint64_t source_hash, uint8_t tier, struct LoadResult *result);
void unload_image(struct elf_image *image);
void version_keep(struct Version *version, const struct LoadResult *result);
void version_unload(struct Version *version);
void loader_init(void);

// start.c
void start_program(void); // loads the manifest's data and functions

// profiler.c
struct ShadowFrame {
    struct Version *version; // the call is active in it; null while it is being chosen
    uint32_t return_address; // the caller's
    uint64_t started;        // rdtsc at entry
};
void profile_entry(void);                    // entry.S: where stubs jump to
void profile_return(void);                   // entry.S: where loaded code returns to
void profile_unwind(struct ShadowFrame *to); // ends the calls above `to` without a result
void stats_reset(struct CallStats *stats);

// report.c
void profile_print(bool all); // false: only the functions called since boot
void tiers_print(bool all);

// jit.c: requests, loading, publishing
struct JitCounters {
    uint32_t requests, loads, swaps, failures, reclaimed;
};
extern struct JitCounters jit_counters;
extern bool jit_synchronous; // load in place, in the call that crosses a threshold
extern bool jit_quiet;       // no log lines for swaps

void jit_init(void);                         // once the functions are known
void jit_crossed(struct Function *function); // from the call that crosses a threshold
bool jit_service(void);                      // serves one request; false: none was queued
int jit_install(struct Function *function, unsigned tier); // loads if need be, then publishes
void jit_log(const char *format, ...) __attribute__((format(printf, 1, 2)));

// reclaim.c
void reclaim_retire(struct Version *version);
void reclaim_revive(struct Version *version); // takes it off the list again
uint32_t reclaim_run(void);                   // frees those with no call inside; returns how many
uint32_t reclaim_waiting(void);

// call.c: calling loaded functions from the kernel
struct Call {
    struct Function *function;
    uint32_t words[2 * MANIFEST_MAX_ARGUMENTS];
    uint32_t word_count;
};
int call_prepare(struct Call *call, int argc, char **argv);  // "NAME ARG..."; prints what is wrong
uint64_t call_raw(const struct Call *call);                  // under the caller's checkpoint
uint64_t call_at(const struct Call *call, uint32_t address); // likewise, not through the stub
bool call_address_guarded(uint32_t address);                 // a function without arguments
uint64_t result_value(const struct Call *call, uint64_t result); // at its type's width
// Calls once and survives a fault: returns false if the call was aborted.
bool call_guarded(const struct Call *call, uint64_t *result);
void print_result(const struct Call *call, uint64_t result);

// values.c: numbers as text, both ways, without floating-point instructions
bool parse_integer(const char *text, uint64_t *value);
bool parse_f64(const char *text, uint64_t *bits);
uint32_t f64_to_f32(uint64_t bits); // rounds to nearest, ties to even
void print_f64(uint64_t bits);      // exact, as C's %a

// tier_state.c
void tier_state_load(void);
void tier_state_save(void);
extern bool tier_state_dirty;
extern bool tier_state_ignore;

// acpi.c, smp.c
uint32_t acpi_find_processors(uint8_t *apic_ids, uint32_t capacity, uint32_t *apic_base);
void smp_find(void); // before paging
void smp_init(bool wanted);
void smp_wake_interrupt(void);
void smp_synchronise_interrupt(void);
void smp_stop_interrupt(const struct TrapFrame *frame);
// Called between writing code and publishing it. After it, no processor
// executes what that memory held before.
void smp_synchronise_code(void);
extern uint32_t cpus_running;
struct Job;
bool smp_start_job(struct Job *job); // false: there is no second processor, or it is busy
bool smp_job_running(void);
void smp_stop_job(void); // a request; repeat it until the job has ended

// job.c: one call, many times
struct Job {
    struct Call call;
    uint32_t repeat;
    bool check; // count results other than `expected`
    uint64_t expected;
    uint64_t last; // the latest result
    volatile uint32_t done, wrong;
    volatile bool aborted; // by a fault; `done` says after how many calls
};
void job_run(struct Job *job);
void background_work(void); // what the idle loop does: recompile, reclaim

// shell.c
void shell_execute_line(char *line);
_Noreturn void shell_run(void);
struct Command {
    const char *name, *arguments, *help;
    void (*run)(int argc, char **argv);
};
extern const struct Command shell_commands[]; // commands.c
extern const struct Command test_commands[];  // experiments.c
void print_commands(const struct Command *commands);
uint32_t take_repeat(int *argc, char **argv, uint32_t otherwise); // a last word "xN"
void print_job(const char *tag, const struct Job *job);
void command_bench(int argc, char **argv); // bench.c

// options.c: the boot command line
struct BootOptions {
    uint32_t pool_sizes[POOL_COUNT];
    uint32_t hz;
    bool programmed_io;
    bool single_processor;
    char commands[1024]; // what remains: command lines separated by ';'
};
extern struct BootOptions boot_options;
void options_parse(const struct MultibootInfo *info);

// library.c, besides formats/memory.h and the exported functions
bool same_text(const char *left, const char *right);

// poweroff.c
_Noreturn void power_off(uint32_t code);

// MultibootInfo, as the boot loader passes it
struct MultibootInfo {
    uint32_t flags;
    uint32_t memory_lower, memory_upper; // KiB
    uint32_t boot_device;
    uint32_t command_line;
    uint32_t modules_count, modules;
    uint32_t symbols[4];
    uint32_t map_length, map;
};
enum { MULTIBOOT_HAS_COMMAND_LINE = 1 << 2, MULTIBOOT_HAS_MAP = 1 << 6 };

#endif
