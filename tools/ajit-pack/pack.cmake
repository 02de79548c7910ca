# How C becomes an image for the kernel.
#
#   ajit_kernel_image(<name> OUTPUT <image> SOURCES <source>...
#                     [FLAGS <clang flag>...]      # for compiling
#                     [PACK <ajit-pack option>...])
#
# compiles each source to i386 bitcode at -O0 (the tiers start from unoptimised bitcode; debug information says which
# integers are unsigned), packs all of them into one image, has ajit-pack verify it, and adds the target <name>.
include_guard(GLOBAL)

find_program(AJIT_BARE_CLANG clang-19 REQUIRED)
# In the cache, because a function sees only the variables of its caller.
set(AJIT_BARE_FLAGS
  --target=i386-unknown-none-elf -march=pentium4 -std=c11 -ffreestanding -fno-pic -fno-stack-protector
  -fno-asynchronous-unwind-tables -ffp-contract=off -O0 -g -Wall -Wextra
  CACHE INTERNAL "How C becomes bitcode for the kernel")

function(ajit_kernel_image name)
  cmake_parse_arguments(ARG "" "OUTPUT" "SOURCES;FLAGS;PACK" ${ARGN})
  set(modules "")
  foreach(source IN LISTS ARG_SOURCES)
    get_filename_component(base ${source} NAME_WE)
    set(module ${CMAKE_CURRENT_BINARY_DIR}/${name}/${base}.bc)
    add_custom_command(OUTPUT ${module}
      COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_CURRENT_BINARY_DIR}/${name}
      COMMAND ${AJIT_BARE_CLANG} ${AJIT_BARE_FLAGS} ${ARG_FLAGS} -emit-llvm -MD -MF ${module}.d -MT ${module}
              -c ${source} -o ${module}
      DEPENDS ${source} DEPFILE ${module}.d COMMENT "i386 bitcode of ${base}" VERBATIM)
    list(APPEND modules ${module})
  endforeach()
  add_custom_command(OUTPUT ${ARG_OUTPUT}
    COMMAND ajit-pack --quiet ${modules} --output ${ARG_OUTPUT} ${ARG_PACK}
    COMMAND ajit-pack --quiet --verify ${ARG_OUTPUT}
    DEPENDS ${modules} ajit-pack COMMENT "Packing ${name}" VERBATIM)
  add_custom_target(${name} ALL DEPENDS ${ARG_OUTPUT})
endfunction()
