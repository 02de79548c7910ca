"""The inputs that ajit-run refuses, each with the exact line it prints.

Each case is a name, the files it needs, the arguments, and the text expected
after `ajit-run: error: `: <what>: <where>: <why>. {dir} stands for the folder
of the files. The text includes the words of LLVM and the C library, whose
versions are pinned. A text between slashes is a regular expression, for paths
that vary.

A file is a recipe of inputs.py. Every module prints and leaves a file behind
when any part of it runs, constructors included. Thus each case also checks that
ajit-run ran none of its code.
"""
from inputs import assembly, bitcode, c_source, damaged, directory, raw, shared_library

NEWER_PRODUCER = "LLVM99.0.0"
OPTNONE, UNKNOWN_ATTRIBUTE = 37, 999

PROGRAM = c_source("int main(void) { return leave_a_mark(); }")


class Case:
    def __init__(self, name, arguments, expected, files=None, stdin=None):
        self.name, self.arguments, self.expected = name, arguments, expected
        self.files, self.stdin = files or {}, stdin


def program(name, options, expected):
    """A valid program that ajit-run refuses because of the options."""
    return Case(name, [*options, "{dir}/program.bc"], expected, {"program.bc": PROGRAM})


def module(name, recipe, expected, file="module.bc"):
    """A module that ajit-run refuses because of its content."""
    return Case(name, ["{dir}/" + file], expected, {file: recipe})


FILES = [
    Case("missing_file", ["{dir}/nowhere.bc"], "cannot read module: {dir}/nowhere.bc: No such file or directory"),
    Case("missing_folder", ["{dir}/no/where.bc"], "cannot read module: {dir}/no/where.bc: No such file or directory"),
    module("directory", directory(), "cannot read module: {dir}/folder: is a directory", file="folder"),
    module("empty_file", raw(b""), "cannot read module: {dir}/module.bc: file is empty"),
    module("binary_file", raw(bytes(range(256)) * 4), "cannot read module: {dir}/module.bc: neither bitcode nor textual IR"),
    module("elf_file", raw(b"\x7fELF\x02\x01\x01" + bytes(100)), "cannot read module: {dir}/module.bc: neither bitcode nor textual IR"),
    module("syntax_error", raw(b"define i32 @main() {\n  ret i33\n}\n"), "cannot read module: {dir}/module.ll:3:1: expected value token", file="module.ll"),
    module(
        "invalid_ir",
        raw(b"define i32 @main() {\n  %x = add i32 %y, 1\n  %y = add i32 %x, 1\n  ret i32 %y\n}\n"),
        "invalid module: {dir}/module.ll: Instruction does not dominate all uses!   %y = add i32 %x, 1   %x = add i32 %y, 1",
        file="module.ll",
    ),
    Case("empty_standard_input", ["-"], "cannot read module: <standard input>: file is empty", stdin=raw(b"")),
    Case("no_module", [], "invalid command line: no module given (try --help)"),
]

DAMAGED = [
    module("magic_only", raw(b"BC\xc0\xde"), "cannot read module: {dir}/module.bc: Malformed block"),
    module("truncated_in_the_middle", damaged(PROGRAM, lambda data: data[: len(data) // 2 // 4 * 4]), r"/cannot read module: {dir}/module\.bc: .+/"),
    module("truncated_by_a_word", damaged(PROGRAM, lambda data: data[:-4]), r"/cannot read module: {dir}/module\.bc: .+/"),
    module("garbage_after_the_magic", damaged(PROGRAM, lambda data: data[:16] + bytes(b ^ 0x5A for b in data[16:])), r"/cannot read module: {dir}/module\.bc: .+/"),
    module("zeros_in_function_bodies", damaged(PROGRAM, lambda data: data[:-600] + bytes(400) + data[-200:]), r"/(cannot read|invalid) module: {dir}/module\.bc: .+/"),
    module(
        "newer_llvm_epoch",
        damaged(PROGRAM, "with_epoch", 1),
        "cannot read module: {dir}/module.bc: Incompatible epoch: Bitcode '1' vs current: '0'",
    ),
    module(
        "newer_llvm_attribute",
        damaged(damaged(PROGRAM, "with_attribute_kind", OPTNONE, UNKNOWN_ATTRIBUTE), "with_producer", NEWER_PRODUCER),
        "cannot read module: {dir}/module.bc: Unknown attribute kind (999) (Producer: 'LLVM99.0.0' Reader: 'LLVM 19.1.7')",
    ),
    module(
        "newer_llvm_module_version",
        damaged(damaged(PROGRAM, "with_module_version", 31), "with_producer", NEWER_PRODUCER),
        "cannot read module: {dir}/module.bc: Invalid value (Producer: 'LLVM99.0.0' Reader: 'LLVM 19.1.7')",
    ),
    module("module_assembly_with_errors", raw(b'target triple = "x86_64-pc-linux-gnu"\nmodule asm "nop"\nmodule asm "beep boop"\ndefine i32 @main() {\n  ret i32 0\n}\n'), "cannot use module: {dir}/module.ll: module-level assembly: line 2: invalid instruction mnemonic 'beep'", file="module.ll"),
    module("module_assembly_with_errors_and_no_target", raw(b'module asm "beep boop"\ndefine i32 @main() {\n  ret i32 0\n}\n'), "cannot use module: {dir}/module.ll: module-level assembly: line 1: invalid instruction mnemonic 'beep'", file="module.ll"),
]

ARCHITECTURES = [
    module("arm_64", bitcode("int main(void) { return 0; }", "--target=aarch64-linux-gnu"), "wrong architecture: {dir}/module.bc: compiled for aarch64-unknown-linux-gnu, this machine is x86_64-pc-linux-gnu"),
    module("i386", bitcode("int main(void) { return 0; }", "--target=i386-pc-linux-gnu"), "wrong architecture: {dir}/module.bc: compiled for i386-pc-linux-gnu, this machine is x86_64-pc-linux-gnu"),
    module("wasm", bitcode("int main(void) { return 0; }", "--target=wasm32"), "wrong architecture: {dir}/module.bc: compiled for wasm32, this machine is x86_64-pc-linux-gnu"),
    module("other_system", bitcode("int main(void) { return 0; }", "--target=x86_64-pc-windows-msvc"), r"/wrong architecture: {dir}/module\.bc: compiled for x86_64-pc-windows-msvc[0-9.]*, this machine is x86_64-pc-linux-gnu/"),
    module("pointers_of_32_bits", raw(b'target triple = "x86_64-pc-linux-gnux32"\ndefine i32 @main() {\n  ret i32 0\n}\n'), "wrong architecture: {dir}/module.ll: compiled for x86_64-pc-linux-gnux32, this machine is x86_64-pc-linux-gnu", file="module.ll"),
    module("objects_of_another_format", raw(b'target triple = "x86_64-pc-linux-gnu-coff"\ndefine i32 @main() {\n  ret i32 0\n}\n'), "wrong architecture: {dir}/module.ll: compiled for x86_64-pc-linux-gnu-coff, this machine is x86_64-pc-linux-gnu", file="module.ll"),
    module("big_endian_layout", raw(b'target datalayout = "E-m:e-i64:64-f80:128-n8:16:32:64-S128"\ndefine i32 @main() {\n  ret i32 0\n}\n'), "/wrong data layout: {dir}/module\\.ll: E-m:e-i64:64-f80:128-n8:16:32:64-S128, this machine's is e-.*/", file="module.ll"),
    module("symbol_with_control_characters", raw(b'declare i32 @"\\1B[31mred\\0A"()\ndefine i32 @main() {\n  %r = call i32 @"\\1B[31mred\\0A"()\n  ret i32 %r\n}\n'), "undefined symbol: {dir}/module.ll: \\x1b[31mred", file="module.ll"),
    module("textual_ir_of_arm_64", raw(b'target triple = "aarch64-linux-gnu"\ndefine i32 @main() {\n  ret i32 0\n}\n'), "wrong architecture: {dir}/module.ll: compiled for aarch64-linux-gnu, this machine is x86_64-pc-linux-gnu", file="module.ll"),
]

ENTRIES = [
    module("no_main", c_source("int other(void) { return leave_a_mark(); }"), "no entry point: {dir}/module.bc: main is not defined"),
    module("main_only_declared", c_source("int main(void); int (*f)(void) = main;"), "undefined symbol: {dir}/module.bc: main"),
    module("main_is_a_variable", assembly("@main = global i32 5"), "no entry point: {dir}/module.bc: main is a variable"),
    program("no_such_entry", ["--entry=nowhere"], "no entry point: {dir}/program.bc: nowhere is not defined"),
    module("main_takes_a_double", assembly("define i32 @main(double %x) {\n  ret i32 0\n}"), "unsupported entry point: {dir}/module.bc: main is declared as i32 (double), not as main"),
    module("main_takes_four", assembly("define i32 @main(i32 %a, ptr %b, ptr %c, ptr %d) {\n  ret i32 0\n}"), "unsupported entry point: {dir}/module.bc: main is declared as i32 (i32, ptr, ptr, ptr), not as main"),
    module("main_swaps_its_parameters", assembly("define i32 @main(ptr %a, i32 %b) {\n  ret i32 0\n}"), "unsupported entry point: {dir}/module.bc: main is declared as i32 (ptr, i32), not as main"),
    module("main_returns_a_double", assembly("define double @main() {\n  ret double 0.0\n}"), "unsupported entry point: {dir}/module.bc: main is declared as double (), not as main"),
    module("main_returns_a_struct", assembly("define { i32, i32 } @main() {\n  ret { i32, i32 } zeroinitializer\n}"), "unsupported entry point: {dir}/module.bc: main is declared as { i32, i32 } (), not as main"),
    module("main_is_variadic", assembly("define i32 @main(...) {\n  ret i32 0\n}"), "unsupported entry point: {dir}/module.bc: main is declared as i32 (...), not as main"),
]

SYMBOLS = [
    module(
        "undefined_function",
        c_source("int missing_function(int); int main(void) { return leave_a_mark() + missing_function(1); }"),
        "undefined symbol: {dir}/module.bc: missing_function",
    ),
    module(
        "undefined_symbols_are_all_named",
        c_source(
            "extern int absent_data; int absent_first(int); void absent_second(void);"
            "int (*in_data)(int) = absent_first;"
            "int main(void) { absent_second(); return leave_a_mark() + absent_data; }"
        ),
        "undefined symbols: {dir}/module.bc: absent_data, absent_first, absent_second",
    ),
    module(
        "undefined_cxx_symbol_is_demangled",
        assembly("declare void @_ZN5outer7missingEid(i32, double)\ndefine i32 @main() {\n  call void @_ZN5outer7missingEid(i32 1, double 2.0)\n  ret i32 0\n}"),
        "undefined symbol: {dir}/module.bc: outer::missing(int, double)",
    ),
    module(
        "reserved_name",
        assembly('@"ajit!osr" = global i32 0\ndefine i32 @main() {\n  ret i32 0\n}'),
        "cannot use module: {dir}/module.bc: reserved name: ajit!osr: names that begin with ajit! are the compiler's own",
    ),
    module(
        "reserved_name_in_assembly",
        assembly('module asm ".globl \\22ajit!poll\\22\\0A\\22ajit!poll\\22: ret"\ndefine i32 @main() {\n  ret i32 0\n}'),
        "cannot use module: {dir}/module.bc: reserved name: ajit!poll: names that begin with ajit! are the compiler's own",
    ),
    Case(
        "duplicate_definitions",
        ["--module={dir}/second.bc", "{dir}/first.bc"],
        "cannot link modules: {dir}/second.bc: Linking globals named 'twice': symbol multiply defined!",
        {
            "first.bc": c_source("int twice(int x) { return 2 * x; } int main(void) { return leave_a_mark(); }"),
            "second.bc": bitcode("int twice(int x) { return x + x; }"),
        },
    ),
    Case(
        "undefined_across_modules",
        ["--module={dir}/second.bc", "{dir}/first.bc"],
        "undefined symbol: {dir}/first.bc: neither",
        {
            "first.bc": c_source("int other(void); int main(void) { return leave_a_mark() + other(); }"),
            "second.bc": bitcode("int neither(void); int other(void) { return neither(); }"),
        },
    ),
    program("second_module_missing", ["--module={dir}/nowhere.bc"], "cannot read module: {dir}/nowhere.bc: No such file or directory"),
    program("library_missing", ["--load={dir}/nowhere.so"], "cannot load library: {dir}/nowhere.so: cannot open shared object file: No such file or directory"),
    Case(
        "library_is_not_one",
        ["--load={dir}/text.so", "{dir}/program.bc"],
        "cannot load library: {dir}/text.so: file too short",
        {"program.bc": PROGRAM, "text.so": raw(b"not a library")},
    ),
    Case(
        "library_needs_what_nobody_has",
        ["--load={dir}/needy.so", "{dir}/program.bc"],
        "cannot load library: {dir}/needy.so: undefined symbol: nobody_has_this",
        {"program.bc": PROGRAM, "needy.so": shared_library("int nobody_has_this(int); int f(int x) { return nobody_has_this(x); }")},
    ),
]

COUNTS = "invalid command line: --tiers: expected three numbers separated by commas, or never"
DATA = [
    module(
        "data_that_cannot_be_compiled",
        assembly(
            "@near = global i32 4\n@odd = global i64 xor (i64 ptrtoint (ptr @near to i64), i64 5)\n"
            "define i32 @main() {\n  %value = load i64, ptr @odd\n  ret i32 0\n}"
        ),
        "cannot compile data: {dir}/module.bc: compiler failure: Unsupported expression in static initializer: "
        "xor (i64 ptrtoint (ptr @near to i64), i64 5)",
    ),
]

OPTIONS = [
    program("unknown_option", ["--no-such-option"], "invalid command line: unknown option: --no-such-option"),
    program("thresholds_are_text", ["--tiers=many"], COUNTS),
    program("thresholds_are_two", ["--tiers=1,2"], COUNTS),
    program("thresholds_are_four", ["--tiers=1,2,3,4"], COUNTS),
    program("thresholds_are_negative", ["--tiers=-1,2,3"], COUNTS),
    program("threshold_is_too_large", ["--tiers=1,2,99999999999999999999"], COUNTS),
    program("thresholds_decrease", ["--tiers=300,200,100"], "invalid command line: tier thresholds must not decrease"),
    program("threshold_is_zero", ["--tiers=0,2,3"], "invalid command line: a tier threshold must be at least 1"),
    program("no_such_tier", ["--max-tier=O7"], "invalid command line: --max-tier: O7 is not one of O0, O1, O2, O3"),
    program("tier_is_empty", ["--min-tier="], "invalid command line: --min-tier: no value given"),
    program("tiers_contradict", ["--min-tier=O3", "--max-tier=O1"], "invalid command line: the first tier is above the last"),
    program("compile_threads_are_text", ["--compile-threads=all"], "invalid command line: --compile-threads: Value all not in range 1 to 256"),
    program("compile_threads_are_negative", ["--compile-threads=-1"], "invalid command line: --compile-threads: Value -1 not in range 1 to 256"),
    program("statistics_in_no_such_form", ["--stats=yaml"], "invalid command line: --stats: yaml is not one of table, json"),
    program("no_such_profile", ["--profile=loud"], "invalid command line: --profile: loud is not one of off, sampled, full"),
    program("no_such_osr_mode", ["--osr=maybe"], "invalid command line: --osr: maybe is not one of off, on, force"),
    program("osr_ticks_are_zero", ["--osr-ticks=0"], "invalid command line: the number of ticks (--osr-ticks) must be at least 1"),
    program("osr_ticks_are_text", ["--osr-ticks=some"], "invalid command line: Could not convert: --osr-ticks = some"),
    program("osr_interval_is_too_short", ["--osr-interval-us=5"], "invalid command line: the interval of ticks must be at least 50 microseconds"),
    program("osr_interval_is_too_long", ["--osr-interval-us=4000000000"], "invalid command line: the interval of ticks must be at most an hour"),
    program("osr_seed_without_force", ["--osr-seed=1"], "invalid command line: a seed (--osr-seed) requires forced on-stack replacement (--osr=force)"),
    program("filter_is_no_expression", ["--dump-ir={dir}/dump", "--dump-filter=("], "invalid dump filter: (: parentheses not balanced"),
]

DUMPS = [
    Case(
        "dump_directory_is_a_file",
        ["--dump-ir={dir}/file", "{dir}/program.bc"],
        "cannot write dumps: {dir}/file: Not a directory",
        {"program.bc": PROGRAM, "file": raw(b"here first")},
    ),
    Case(
        "dump_directory_is_below_a_file",
        ["--dump-ir={dir}/file/dumps", "{dir}/program.bc"],
        "cannot write dumps: {dir}/file/dumps: Not a directory",
        {"program.bc": PROGRAM, "file": raw(b"here first")},
    ),
    program("dump_directory_cannot_be_made", ["--dump-ir=/proc/no/dumps"], "cannot write dumps: /proc/no/dumps: No such file or directory"),
]

CASES = FILES + DAMAGED + ARCHITECTURES + ENTRIES + SYMBOLS + DATA + OPTIONS + DUMPS
