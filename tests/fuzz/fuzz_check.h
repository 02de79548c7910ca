// A check of fuzz targets for errors that sanitizers cannot detect.
#pragma once

#include <cstdio>
#include <cstdlib>

/// Aborts if `condition` is false, so that the fuzzer keeps the input.
#define FUZZ_CHECK(condition)                                                                                          \
  do {                                                                                                                 \
    if (!(condition)) {                                                                                                \
      std::fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition);                                   \
      std::abort();                                                                                                    \
    }                                                                                                                  \
  } while (false)
