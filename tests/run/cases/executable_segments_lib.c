#include "executable_segments.h"

int library_finds(const void* address) { return in_executable(address); }
