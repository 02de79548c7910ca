//===- engine_registry.h - The engines of the process -------------------------------------------------------------===//
//
// For what reaches the runtime without naming an engine: a fork, which has to find all of them at rest, and dlsym,
// which a program calls to find its own symbols.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <array>
#include <cstddef>
#include <dlfcn.h>
#include <link.h>
#include <string_view>
#include <sys/types.h>

namespace ajit {

class Engine;

/// From now on forks stop for `engine`, and program_dlsym() knows its symbols.
void register_engine(Engine& engine);
void unregister_engine(Engine& engine);

/// The dlsym that programs get. To them the modules of the Jits are the executable, so their symbols come first in a
/// search of the whole process or of the executable; RTLD_NEXT is what comes after it.
void* program_dlsym(void* handle, const char* name);

/// The dlvsym that programs get: what their modules define has no versions, so it is found in libraries only.
void* program_dlvsym(void* handle, const char* name, const char* version);

/// The _Fork that programs get: it runs no fork handlers, so that of the engines is run by hand.
pid_t program_plain_fork();

/// The dladdr of programs whose modules are the executable: to it, their code and data are in the program's file,
/// argv[0], and functions have the names that dlsym finds, as in a program that was linked with -rdynamic. An address
/// in a body is in the function, whose address is its stub's. Variables have no names.
int program_dladdr(const void* address, Dl_info* info);

/// The dl_iterate_phdr of programs whose modules are the executable: these come first, without a name, as an executable
/// does. Garbage collectors take their roots from its segments.
int program_dl_iterate_phdr(int (*callback)(dl_phdr_info* info, std::size_t size, void* data), void* data);

/// What asks about the objects of the process. Programs get these answers, and so do the libraries they use.
struct ObjectQuery {
  const char* name;
  void* answer;
};
extern const std::array<ObjectQuery, 2> object_queries;

/// Null if `name` is none of them.
void* answer_to_query(std::string_view name);

/// The dlopen of programs whose modules are the executable: what it loads sees their definitions.
void* program_dlopen(const char* path, int mode);

} // namespace ajit
