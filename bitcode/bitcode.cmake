# How C, C++ and textual IR become bitcode modules and native references.
#
#   ajit_add_bitcode(<name> <source>
#                    [FLAGS <clang flag>...]    # for compiling and for linking
#                    [LINK <linker flag>...]    # native link only
#                    [MODULES <source>...]      # further modules of the program
#                    [LIBRARIES <source>...]    # compiled ahead of time to shared libraries
#                    [LIBRARY_FLAGS <clang flag>...])
#
# gives, in the current binary directory,
#
#   <name>.O0.bc      as plain `clang -O0 -emit-llvm` gives it, with optnone
#   <name>.O2.bc      already optimised by the middle end
#   <name>.O?.native  the same bitcode linked by clang: what every run under
#                     ajit-run is compared with
#   <name>.<module>.O?.bc, lib<library>.so for the other two lists
#
# and adds them to the target ajit-bitcode. The native reference is linked from
# the .bc rather than compiled from the source, so that a difference can only
# come from how the module is run, never from how it was made. clang writes the
# dependencies on headers. Each file has a command of its own, which ninja runs
# in parallel with others and only when the file is out of date.
include_guard(GLOBAL)

find_program(AJIT_CLANG clang-19 REQUIRED)
find_program(AJIT_CLANGXX clang++-19 REQUIRED)

add_custom_target(ajit-bitcode ALL)

# One source to <out>.bc at one level.
function(ajit_compile_bitcode source level out)
  cmake_parse_arguments(ARG "" "" "FLAGS" ${ARGN})
  get_filename_component(extension "${source}" LAST_EXT)
  if(extension STREQUAL ".cpp")
    set(compile "${AJIT_CLANGXX}" -std=c++20)
  else()
    set(compile "${AJIT_CLANG}")
  endif()
  if(extension STREQUAL ".ll") # includes no headers, and names its own target
    set(depfile)
    list(APPEND compile -Wno-override-module)
  else()
    set(depfile DEPFILE "${out}.d")
    list(APPEND compile -Wall -Wextra -MD -MF "${out}.d" -MT "${out}")
  endif()
  add_custom_command(
    OUTPUT "${out}"
    COMMAND ${compile} ${ARG_FLAGS} -${level} -emit-llvm -c "${source}" -o "${out}"
    DEPENDS "${source}" ${depfile}
    COMMENT "Bitcode ${level} of ${source}"
    VERBATIM)
endfunction()

function(ajit_add_bitcode name source)
  cmake_parse_arguments(ARG "" "" "FLAGS;LINK;MODULES;LIBRARIES;LIBRARY_FLAGS" ${ARGN})
  get_filename_component(main "${source}" ABSOLUTE)
  set(link_driver "${AJIT_CLANG}")
  if("${main};${ARG_MODULES}" MATCHES "\\.cpp(;|$)")
    set(link_driver "${AJIT_CLANGXX}")
  endif()

  set(products)
  set(libraries)
  foreach(library IN LISTS ARG_LIBRARIES)
    get_filename_component(path "${library}" ABSOLUTE)
    get_filename_component(stem "${library}" NAME_WE)
    set(out "${CMAKE_CURRENT_BINARY_DIR}/lib${stem}.so")
    set(compile "${AJIT_CLANG}" -fexceptions)
    if(library MATCHES "\\.cpp$")
      set(compile "${AJIT_CLANGXX}" -std=c++20)
    endif()
    add_custom_command(
      OUTPUT "${out}"
      COMMAND ${compile} -O1 -fPIC -shared ${ARG_LIBRARY_FLAGS} "${path}" -o "${out}"
      DEPENDS "${path}"
      COMMENT "Shared library of ${library}"
      VERBATIM)
    list(APPEND libraries "${out}")
  endforeach()

  foreach(level IN ITEMS O0 O2)
    set(modules "${CMAKE_CURRENT_BINARY_DIR}/${name}.${level}.bc")
    ajit_compile_bitcode("${main}" ${level} "${modules}" FLAGS ${ARG_FLAGS})
    foreach(module IN LISTS ARG_MODULES)
      get_filename_component(path "${module}" ABSOLUTE)
      get_filename_component(stem "${module}" NAME_WE)
      set(out "${CMAKE_CURRENT_BINARY_DIR}/${name}.${stem}.${level}.bc")
      ajit_compile_bitcode("${path}" ${level} "${out}" FLAGS ${ARG_FLAGS})
      list(APPEND modules "${out}")
    endforeach()
    set(native "${CMAKE_CURRENT_BINARY_DIR}/${name}.${level}.native")
    add_custom_command(
      OUTPUT "${native}"
      COMMAND "${link_driver}" -Wno-unused-command-line-argument ${ARG_FLAGS} -${level} -fuse-ld=lld
              ${modules} ${libraries} -o "${native}" -pthread -lm ${ARG_LINK}
              -Wl,-rpath,${CMAKE_CURRENT_BINARY_DIR}
      DEPENDS ${modules} ${libraries}
      COMMENT "Native reference ${name}.${level}"
      VERBATIM)
    list(APPEND products ${modules} "${native}")
  endforeach()

  string(MAKE_C_IDENTIFIER "${CMAKE_CURRENT_BINARY_DIR}" folder)
  string(MD5 folder "${folder}")
  string(SUBSTRING "${folder}" 0 6 folder)
  add_custom_target(bitcode-${folder}-${name} DEPENDS ${products} ${libraries})
  add_dependencies(ajit-bitcode bitcode-${folder}-${name})
endfunction()
