/// The manifest of an image. It lists the functions that the image holds, how
/// to call them, which object implements each function at each tier, and after
/// how many calls a function moves to the next tier.
///
/// It is a text file, so that `cat` in the kernel and `mtype` on the host can
/// show it. Its last line is a checksum over all bytes before that line. The
/// parser accepts exactly this form; its error names the line it stopped at:
///
///     ajit-manifest 1
///     target 0123456789abcdef exports 0123456789abcdef
///     thresholds 100 1000 10000
///     state STATE.BIN
///     data DATA0.OBJ 0123456789abcdef
///     function fibonacci u64(i32) - 0123456789abcdef F0T0.OBJ F0T1.OBJ F0T2.OBJ F0T3.OBJ
///     checksum 01234567
///
/// The lines come in this order, with zero or more `data` and `function` lines.
/// One space separates fields, and '\n' ends each line. In names, bytes up to
/// 0x20, '%' and bytes from 0x7F on are written %XX. Hashes are lower-case
/// hexadecimal of fixed width. File names are 8.3 in upper case. '-' stands for
/// a tier without an object (tier 0 always has one) and for no state file.
///
/// A `data` object holds global variables; the kernel loads all of them before
/// any function. A `function` object for tier N defines the function's body as
/// `NAME$ON`. It refers to every function, itself included, by its plain name,
/// which the kernel resolves to the function's entry stub.
#ifndef AJIT_MANIFEST_H
#define AJIT_MANIFEST_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MANIFEST_FILE "MANIFEST.TXT"

enum {
    MANIFEST_VERSION = 1,
    MANIFEST_TIERS = 4,
    MANIFEST_MAX_ARGUMENTS = 8,
    MANIFEST_FILE_NAME_BYTES = 13, ///< "FILENAME.EXT" and a NUL
    /// A decoded function name, with its NUL; room for the longest body symbol.
    MANIFEST_MAX_NAME = 512,
};

/// The types a signature can hold, under the C calling convention of i386.
/// Signedness matters only for printing.
enum manifest_type {
    MANIFEST_VOID,
    MANIFEST_I8,
    MANIFEST_U8,
    MANIFEST_I16,
    MANIFEST_U16,
    MANIFEST_I32,
    MANIFEST_U32,
    MANIFEST_I64,
    MANIFEST_U64,
    MANIFEST_F32,
    MANIFEST_F64,
    MANIFEST_PTR,
    MANIFEST_BOOL,
    MANIFEST_TYPE_COUNT,
};

/// "u64(i32,ptr)", taken apart.
struct manifest_signature {
    bool callable;          ///< false for "-": the shell cannot call the function
    uint8_t result;         ///< of enum manifest_type
    uint8_t argument_count; ///< 0 to MANIFEST_MAX_ARGUMENTS
    uint8_t arguments[MANIFEST_MAX_ARGUMENTS]; ///< never MANIFEST_VOID
};

/// What an entry stub may have to know about a function. The file has the
/// letters in this order, or '-' if no flag is set.
enum manifest_flag {
    MANIFEST_SRET = 1 << 0,     ///< 's': returns with `ret $4`
    MANIFEST_X87 = 1 << 1,      ///< 'x': returns in st(0)
    MANIFEST_VARIADIC = 1 << 2, ///< 'v'
};

struct manifest_function {
    const char *name; ///< decoded; inside the parsed text
    const char *signature_text;
    struct manifest_signature signature;
    uint8_t flags;                                          ///< of enum manifest_flag
    uint64_t source_hash;                                   ///< as in the stamps of its objects
    char objects[MANIFEST_TIERS][MANIFEST_FILE_NAME_BYTES]; ///< "" for no object
};

struct manifest_data {
    char object[MANIFEST_FILE_NAME_BYTES];
    uint64_t source_hash;
};

/// A parsed manifest. The caller sets the two arrays and their capacities
/// before parsing; the parser fills in everything else.
struct manifest {
    struct manifest_function *functions;
    uint32_t function_capacity;
    struct manifest_data *data;
    uint32_t data_capacity;

    uint32_t function_count;
    uint32_t data_count;
    uint64_t target_hash;
    uint64_t export_hash;
    uint32_t thresholds[MANIFEST_TIERS - 1];   ///< calls to leave tier 0, 1, 2; rising
    char state_file[MANIFEST_FILE_NAME_BYTES]; ///< "" for none
    uint32_t checksum;                         ///< also identifies the manifest to its state file
};

enum manifest_status {
    MANIFEST_OK = 0,
    MANIFEST_ESYNTAX = -1,    ///< a line breaks the format
    MANIFEST_EVERSION = -2,   ///< a version this kernel does not know
    MANIFEST_ECHECKSUM = -3,  ///< the text has been damaged
    MANIFEST_ELIMIT = -4,     ///< more functions or data objects than there is room for
    MANIFEST_EDUPLICATE = -5, ///< a function is listed twice
    MANIFEST_EVALUE = -6,     ///< well-formed, but not a legal value
    MANIFEST_ETARGET = -7,    ///< made for another target or another set of exports
};

struct manifest_error {
    int code;       ///< of enum manifest_status
    uint32_t line;  ///< 1 for the first; 0: the whole text
    char text[160]; ///< one line of English, with the line number
};

/// Parses `length` bytes at `text` in place. It decodes and terminates names
/// inside the text, so the text must live as long as the manifest. It reads the
/// target and export hashes without checking them; `manifest_check_target` does
/// that.
int manifest_parse(struct manifest *manifest, char *text, uint32_t length,
                   struct manifest_error *error);

/// Whether the image was made for this kernel's target and exports.
int manifest_check_target(const struct manifest *manifest, struct manifest_error *error);

/// The function of that name, or null.
const struct manifest_function *manifest_find(const struct manifest *manifest, const char *name);

/// Takes a signature apart. If `text` is not a signature, returns false and
/// leaves `*signature` not callable.
bool manifest_parse_signature(const char *text, struct manifest_signature *signature);

/// Stores "NAME$ON", the symbol of a function's body at `tier`, in `buffer` of
/// `capacity` bytes. False if it does not fit.
bool manifest_body_symbol(const char *name, unsigned tier, char *buffer, uint32_t capacity);

/// "i32" and so on; never null.
const char *manifest_type_name(unsigned type);

#ifdef __cplusplus
}
#endif

#endif
