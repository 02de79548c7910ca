/// The functions the kernel offers to loaded objects, and the hash of that set.
///
/// The host compiles an object against this list, and the kernel links it much
/// later. Both sides read the list from here, and each object's stamp carries
/// the hash. The kernel refuses an object made for another list and gives that
/// reason. Without the hash the object could fail with an unresolved symbol or,
/// worse, link to a symbol whose meaning has changed. The signatures are here
/// only to be part of the hash.
///
/// The 64-bit helpers come from LLVM's compiler-rt; loaded code calls them for
/// divisions and float conversions that i386 has no instruction for.
#ifndef AJIT_EXPORTS_H
#define AJIT_EXPORTS_H

#include <stdint.h>

/// X(name, signature), sorted by name.
#define AJIT_EXPORTS(X)                                                                            \
    X(__ashldi3, "i64(i64,i32)")                                                                   \
    X(__ashrdi3, "i64(i64,i32)")                                                                   \
    X(__divdi3, "i64(i64,i64)")                                                                    \
    X(__divmoddi4, "i64(i64,i64,ptr)")                                                             \
    X(__fixdfdi, "i64(f64)")                                                                       \
    X(__fixsfdi, "i64(f32)")                                                                       \
    X(__fixunsdfdi, "u64(f64)")                                                                    \
    X(__fixunssfdi, "u64(f32)")                                                                    \
    X(__floatdidf, "f64(i64)")                                                                     \
    X(__floatdisf, "f32(i64)")                                                                     \
    X(__floatundidf, "f64(u64)")                                                                   \
    X(__floatundisf, "f32(u64)")                                                                   \
    X(__lshrdi3, "u64(u64,i32)")                                                                   \
    X(__moddi3, "i64(i64,i64)")                                                                    \
    X(__muldi3, "i64(i64,i64)")                                                                    \
    X(__udivdi3, "u64(u64,u64)")                                                                   \
    X(__udivmoddi4, "u64(u64,u64,ptr)")                                                            \
    X(__umoddi3, "u64(u64,u64)")                                                                   \
    X(bcmp, "i32(ptr,ptr,u32)")                                                                    \
    X(memchr, "ptr(ptr,i32,u32)")                                                                  \
    X(memcmp, "i32(ptr,ptr,u32)")                                                                  \
    X(memcpy, "ptr(ptr,ptr,u32)")                                                                  \
    X(memmove, "ptr(ptr,ptr,u32)")                                                                 \
    X(memset, "ptr(ptr,i32,u32)")                                                                  \
    X(putchar, "i32(i32)")                                                                         \
    X(puts, "i32(ptr)")                                                                            \
    X(strcmp, "i32(ptr,ptr)")                                                                      \
    X(strlen, "u32(ptr)")

#ifdef __cplusplus
extern "C" {
#endif

/// The hash of AJIT_EXPORTS, names and signatures in order.
uint64_t export_set_hash(void);

#ifdef __cplusplus
}
#endif

#endif
