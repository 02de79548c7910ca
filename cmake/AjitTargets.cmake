# ajit_library(name …): a folder of src/ as a static library that exposes its own folder and nothing else.
# ajit_compile_options(target): the warnings and sanitizers that all host code is built with.

find_program(CCACHE ccache)
if(CCACHE)
  # ccache requires this before it caches compiles with a precompiled header.
  set(launcher ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
endif()

# LLVM's headers take more than half of what an unoptimised compile costs (docs/testing.md), so they are precompiled:
# ajit_pch for the library, ajit_test_pch, with GoogleTest, for its tests. Sources must still include what they use:
# -DAJIT_PCH=OFF builds without precompiled headers.
option(AJIT_PCH "Precompile the headers of LLVM and of the libraries" ON)
set(AJIT_PCH_HEADERS
  <fmt/format.h> <functional> <memory> <optional> <string> <vector>
  <llvm/ADT/STLExtras.h> <llvm/IR/Constants.h> <llvm/IR/IRBuilder.h> <llvm/IR/InstIterator.h>
  <llvm/IR/Instructions.h> <llvm/IR/IntrinsicInst.h> <llvm/IR/Module.h> <llvm/Support/Error.h>
  <llvm/Support/MemoryBuffer.h> <llvm/Transforms/Utils/Cloning.h>)

# ajit_add_pch(target library|executable <header>...): precompiles headers for code of one kind, a library's (position
# independent) or an executable's.
function(ajit_add_pch target kind)
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/${target}.cpp CONTENT "int main() {} // Has the precompiled headers.\n")
  if(kind STREQUAL library)
    add_library(${target} OBJECT EXCLUDE_FROM_ALL ${CMAKE_BINARY_DIR}/${target}.cpp)
  else()
    add_executable(${target} EXCLUDE_FROM_ALL ${CMAKE_BINARY_DIR}/${target}.cpp)
    target_link_libraries(${target} PRIVATE GTest::gtest) # for a macro that it defines
  endif()
  target_link_libraries(${target} PRIVATE fmt::fmt-header-only llvm_jit)
  target_compile_options(${target} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
  target_precompile_headers(${target} PRIVATE ${ARGN})
  ajit_compile_options(${target})
endfunction()

# ajit_use_pch(target ajit_pch|ajit_test_pch): for targets that use LLVM's headers.
function(ajit_use_pch target pch)
  if(AJIT_PCH)
    target_precompile_headers(${target} REUSE_FROM ${pch})
    target_compile_options(${target} PRIVATE "$<$<COMPILE_LANGUAGE:CXX>:SHELL:-Xclang -fno-pch-timestamp>")
  endif()
endfunction()

# For targets that use LLVM's headers: sources that are compiled as one share the templates that they instantiate. After
# an edit of one source its whole group is compiled again: -DAJIT_UNITY=OFF is for those who work on the sources.
option(AJIT_UNITY "Compile the sources of a library or test in groups" ON)

function(ajit_use_unity target)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${AJIT_UNITY} UNITY_BUILD_BATCH_SIZE 12)
endfunction()

function(ajit_compile_options target)
  target_compile_options(${target} PRIVATE
    $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Werror -Wthread-safety -Wshadow -Wnon-virtual-dtor -fno-rtti -fvisibility-inlines-hidden>)
  # LLVM is built without RTTI, so code that inherits from its classes must be too. Our warnings skip its headers.
  # The check of function types reads the bytes before a function. Stubs have some; code that tests write has none.
  if(AJIT_SANITIZE)
    target_compile_options(${target} PRIVATE
      -fsanitize=${AJIT_SANITIZE} -fno-omit-frame-pointer -fno-sanitize=vptr,function)
    target_link_options(${target} PUBLIC -fsanitize=${AJIT_SANITIZE})
  endif()
endfunction()

# PCH: most of its sources include LLVM's headers.
function(ajit_library name)
  cmake_parse_arguments(ARG "PCH" "" "SOURCES;LINK;LINK_PRIVATE" ${ARGN})
  add_library(ajit_${name} STATIC ${ARG_SOURCES})
  target_include_directories(ajit_${name} PUBLIC $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}>
                                                 $<INSTALL_INTERFACE:include>)
  target_link_libraries(ajit_${name} PUBLIC ${ARG_LINK} PRIVATE ${ARG_LINK_PRIVATE})
  ajit_compile_options(ajit_${name})
  if(ARG_PCH)
    ajit_use_unity(ajit_${name})
    ajit_use_pch(ajit_${name} ajit_pch)
  endif()
endfunction()
