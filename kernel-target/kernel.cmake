# The target `kernel`: kernel.elf, built by clang and lld for i386 whatever the
# host's toolchain is, from the sources here and the compiler's own run-time
# library for 64-bit arithmetic.
find_program(AJIT_KERNEL_CC NAMES clang-19 clang REQUIRED)
find_program(AJIT_KERNEL_LD NAMES ld.lld-19 ld.lld REQUIRED)

set(AJIT_KERNEL_FLAGS
  --target=i386-unknown-none-elf -march=i686 -std=c11 -ffreestanding -O2
  -mno-sse -mno-mmx -mno-x87 -fno-pic -fno-stack-protector -fno-asynchronous-unwind-tables
  -fomit-frame-pointer -falign-loops=1 # shorter paths around each call of loaded code
  -ffunction-sections -fdata-sections -fno-common
  -Wall -Wextra -Werror -Wno-missing-field-initializers
  -I${AJIT_FORMATS_INCLUDE})
# For C only: the assembler does not use it.
set(AJIT_KERNEL_C_FLAGS -include ${CMAKE_CURRENT_SOURCE_DIR}/builtin_memory.h)

set(AJIT_KERNEL_SOURCES
  boot.S entry.S
  acpi.c bench.c call.c commands.c console.c cpu.c disk.c disk_cache.c experiments.c faults.c frames.c functions.c
  ide_dma.c ide_pio.c image.c image_index.c interrupts.c jit.c job.c kmain.c library.c loader.c options.c paging.c
  pools.c poweroff.c profiler.c reclaim.c report.c shell.c smp.c start.c symbols.c tier_state.c timer.c
  values.c)
list(TRANSFORM AJIT_KERNEL_SOURCES PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)

execute_process(
  COMMAND ${AJIT_KERNEL_CC} --print-resource-dir
  OUTPUT_VARIABLE AJIT_KERNEL_RESOURCES OUTPUT_STRIP_TRAILING_WHITESPACE)
find_file(AJIT_KERNEL_BUILTINS libclang_rt.builtins-i386.a
  PATHS ${AJIT_KERNEL_RESOURCES}/lib/linux ${AJIT_KERNEL_RESOURCES}/lib NO_DEFAULT_PATH REQUIRED)

set(kernel_objects)
foreach(source IN LISTS AJIT_KERNEL_SOURCES AJIT_FORMATS_SOURCES)
  get_filename_component(name ${source} NAME)
  set(object ${CMAKE_CURRENT_BINARY_DIR}/i386/${name}.o)
  set(flags ${AJIT_KERNEL_FLAGS})
  if(name MATCHES "\\.c$")
    list(APPEND flags ${AJIT_KERNEL_C_FLAGS})
  endif()
  add_custom_command(
    OUTPUT ${object}
    COMMAND ${AJIT_KERNEL_CC} ${flags} -MD -MF ${object}.d -c ${source} -o ${object}
    DEPENDS ${source}
    DEPFILE ${object}.d
    COMMENT "Compiling ${name} for i386" VERBATIM)
  list(APPEND kernel_objects ${object})
endforeach()
file(MAKE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/i386)

set(AJIT_KERNEL_ELF ${CMAKE_CURRENT_BINARY_DIR}/kernel.elf CACHE INTERNAL "The kernel")
add_custom_command(
  OUTPUT ${AJIT_KERNEL_ELF}
  COMMAND ${AJIT_KERNEL_LD} -m elf_i386 --gc-sections -T ${CMAKE_CURRENT_SOURCE_DIR}/link.ld
          -o ${AJIT_KERNEL_ELF} ${kernel_objects} ${AJIT_KERNEL_BUILTINS}
  DEPENDS ${kernel_objects} ${CMAKE_CURRENT_SOURCE_DIR}/link.ld
  COMMENT "Linking kernel.elf" VERBATIM)
add_custom_target(kernel ALL DEPENDS ${AJIT_KERNEL_ELF})
