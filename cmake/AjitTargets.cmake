# ajit_library(name …): a folder of src/ as a static library that exposes its own folder and nothing else.
# ajit_compile_options(target): the warnings and sanitizers that all host code is built with.

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

function(ajit_compile_options target)
  target_compile_options(${target} PRIVATE
    $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Werror -Wthread-safety -Wshadow -Wnon-virtual-dtor -fno-rtti -fvisibility-inlines-hidden>)
  # LLVM is built without RTTI; inheriting from its classes needs the same. Its headers are not held to our warnings.
  if(AJIT_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${AJIT_SANITIZE} -fno-omit-frame-pointer -fno-sanitize=vptr)
    target_link_options(${target} PUBLIC -fsanitize=${AJIT_SANITIZE})
  endif()
endfunction()

function(ajit_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK;LINK_PRIVATE" ${ARGN})
  add_library(ajit_${name} STATIC ${ARG_SOURCES})
  target_include_directories(ajit_${name} PUBLIC $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}>
                                                 $<INSTALL_INTERFACE:include>)
  target_link_libraries(ajit_${name} PUBLIC ${ARG_LINK} PRIVATE ${ARG_LINK_PRIVATE})
  ajit_compile_options(ajit_${name})
endfunction()
