# LLVM 19 linked statically: hello world starts in a third of the time that loading the shared libLLVM takes
# (docs/performance.md), and --gc-sections keeps only a tenth of it.
#
# llvm_headers: include directories and definitions only, for code that is linked later.
# llvm_jit:     what the JIT links: the host's back-end, the pass pipelines, ORC.
find_package(LLVM 19.1 REQUIRED CONFIG HINTS /usr/lib/llvm-19/lib/cmake/llvm)

add_library(llvm_headers INTERFACE)
target_include_directories(llvm_headers SYSTEM INTERFACE ${LLVM_INCLUDE_DIRS})
separate_arguments(AJIT_LLVM_DEFINITIONS UNIX_COMMAND "${LLVM_DEFINITIONS}")
target_compile_definitions(llvm_headers INTERFACE _GNU_SOURCE)

llvm_map_components_to_libnames(AJIT_LLVM_LIBS
  bitreader bitwriter codegen core debuginfodwarf irreader ipo linker object orcjit passes profiledata scalaropts support target
  transformutils x86codegen x86asmparser x86desc x86info x86disassembler)
add_library(llvm_jit INTERFACE)
target_link_libraries(llvm_jit INTERFACE llvm_headers ${AJIT_LLVM_LIBS})
target_link_options(llvm_jit INTERFACE -fuse-ld=lld -Wl,--gc-sections -Wl,--as-needed)
