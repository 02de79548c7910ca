/// The stamp of a packed object: what it was made from and for, and a checksum.
///
/// An object sits on a disk between the host that made it and the kernel that
/// runs it. The stamp has a section of its own that is never loaded. It lets
/// the kernel tell "damaged", "made for another target", "made against other
/// exports", "of another program" and "of another tier" apart, and give the
/// reason when it refuses an object.
///
/// The checksum covers every byte of the file except its own four, so
/// `object_stamp_seal` sets it last, on the finished file.
#ifndef AJIT_OBJECT_STAMP_H
#define AJIT_OBJECT_STAMP_H

#include <formats/elf_loader.h>

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OBJECT_STAMP_SECTION ".ajit.stamp"
#define OBJECT_STAMP_MAGIC UINT32_C(0x54534a41) ///< "AJST"

enum { OBJECT_STAMP_VERSION = 1 };

/// The tier of an object that holds data and is loaded once, before any code.
enum { OBJECT_STAMP_TIER_DATA = 0xff };

/// The only target; its hash is part of every stamp. The layout is LLVM's for
/// this triple.
#define OBJECT_STAMP_TRIPLE "i386-unknown-none-elf"
#define OBJECT_STAMP_DATA_LAYOUT                                                                   \
    "e-m:e-p:32:32-p270:32:32-p271:32:32-p272:64:64-i128:128-f64:32:64-f80:32-n8:16:32-S128"

/// What the processor must support to run an object. The bit numbers are our
/// own.
enum object_cpu_feature {
    OBJECT_CPU_CX8 = 1 << 0,  ///< cmpxchg8b
    OBJECT_CPU_CMOV = 1 << 1, ///< cmov, fucomi
    OBJECT_CPU_FXSR = 1 << 2,
    OBJECT_CPU_MMX = 1 << 3,
    OBJECT_CPU_SSE = 1 << 4,
    OBJECT_CPU_SSE2 = 1 << 5,
};

/// The features that code for `-march=pentium4` may use.
enum {
    OBJECT_CPU_PENTIUM4 = OBJECT_CPU_CX8 | OBJECT_CPU_CMOV | OBJECT_CPU_FXSR | OBJECT_CPU_MMX |
                          OBJECT_CPU_SSE | OBJECT_CPU_SSE2,
};

/// The section's contents, little-endian, without padding.
struct object_stamp {
    uint32_t magic;
    uint16_t version;      ///< OBJECT_STAMP_VERSION
    uint16_t size;         ///< of this structure
    uint64_t target_hash;  ///< of triple and data layout
    uint64_t source_hash;  ///< of program and function, the same in all tiers
    uint64_t export_hash;  ///< `export_set_hash()` of the kernel it was made for
    uint32_t cpu_features; ///< of enum object_cpu_feature
    uint8_t tier;          ///< 0 to 3, or OBJECT_STAMP_TIER_DATA
    uint8_t reserved[7];   ///< zero
    uint32_t checksum;     ///< over the file without these four bytes
};

/// What the kernel requires of an object it is about to load.
struct object_expectation {
    uint64_t source_hash;  ///< from the manifest
    uint32_t cpu_features; ///< of this processor
    uint8_t tier;
};

enum object_stamp_status {
    OBJECT_STAMP_OK = 0,
    OBJECT_STAMP_EMISSING = -1,  ///< no stamp section, or one of another size
    OBJECT_STAMP_EMAGIC = -2,    ///< not a stamp
    OBJECT_STAMP_EVERSION = -3,  ///< a format this kernel does not know
    OBJECT_STAMP_ECHECKSUM = -4, ///< the file has been damaged
    OBJECT_STAMP_ETARGET = -5,   ///< made for another triple or data layout
    OBJECT_STAMP_ECPU = -6,      ///< needs features that this processor lacks
    OBJECT_STAMP_EEXPORTS = -7,  ///< made against another set of exports
    OBJECT_STAMP_ETIER = -8,     ///< another tier than the manifest says
    OBJECT_STAMP_ESOURCE = -9,   ///< made from another source than the manifest says
};

struct object_stamp_error {
    int code;       ///< of enum object_stamp_status
    char text[160]; ///< one line, with both values where two differ
};

/// The hash of the one supported target.
uint64_t object_stamp_target_hash(void);

/// Fills a stamp for this target and export set; the checksum stays 0.
void object_stamp_fill(struct object_stamp *stamp, uint8_t tier, uint64_t source_hash,
                       uint32_t cpu_features);

/// Reads the stamp of a validated object and checks it on its own: presence,
/// magic, version, checksum, target, exports.
int object_stamp_read(const struct elf_object *object, struct object_stamp *stamp,
                      struct object_stamp_error *error);

/// Does what `object_stamp_read` does, and checks that the object is the
/// expected one.
int object_stamp_check(const struct elf_object *object, const struct object_expectation *expected,
                       struct object_stamp_error *error);

/// Writes the stamp, with its checksum, into the stamp section of a finished
/// file. `object` is a view of the same bytes; only the section's bytes change,
/// so the view stays valid. Only the host calls this, because it makes the
/// objects.
int object_stamp_seal(const struct elf_object *object, void *bytes,
                      const struct object_stamp *stamp, struct object_stamp_error *error);

#ifdef __cplusplus
}
#endif

#endif
