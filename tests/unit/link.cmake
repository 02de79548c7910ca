# Tests of memory for generated code. Some link an object that is compiled here. It is compiled for size, so that
# functions start anywhere and share the PC map's granules, and, like the code of a Jit, without sanitizers.
set(AJIT_LINK_TESTS link_pc_map_test.cpp link_slab_test.cpp link_slab_memory_manager_test.cpp link_unwind_test.cpp
  link_installed_body_test.cpp link_observer_test.cpp link_runtime_entry_test.cpp link_shared_object_test.cpp
  link_symbol_library_test.cpp)

set(link_test_object ${CMAKE_CURRENT_BINARY_DIR}/link_test_object.o)
add_custom_command(
  OUTPUT ${link_test_object}
  COMMAND ${CMAKE_CXX_COMPILER} -std=c++20 -Os -fPIC -c ${CMAKE_CURRENT_LIST_DIR}/link_test_object.cpp
          -o ${link_test_object}
  DEPENDS ${CMAKE_CURRENT_LIST_DIR}/link_test_object.cpp
  COMMENT "Compiling the object that the tests of src/link link")
set_source_files_properties(${AJIT_LINK_TESTS} link_unwind_fallback_test.cpp PROPERTIES
  COMPILE_DEFINITIONS AJIT_LINK_TEST_OBJECT="${link_test_object}"
  OBJECT_DEPENDS ${link_test_object})

# The unwinder must not see ajit's definition of its lookup here, so this is linked differently from other tests.
set(hide_lookup ${CMAKE_CURRENT_BINARY_DIR}/hide_unwinder_lookup.version)
file(WRITE ${hide_lookup} "{ local: _Unwind_Find_FDE; };\n")
add_executable(link_unwind_fallback_test ${CMAKE_CURRENT_LIST_DIR}/link_unwind_fallback_test.cpp)
target_link_libraries(link_unwind_fallback_test PRIVATE ajit_link llvm_jit GTest::gtest_main)
target_link_options(link_unwind_fallback_test PRIVATE -Wl,--version-script=${hide_lookup})
ajit_compile_options(link_unwind_fallback_test)
add_test(NAME link_unwind_fallback_test COMMAND link_unwind_fallback_test)
