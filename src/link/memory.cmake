# Memory for generated code, and what is known about the code in it.
set(AJIT_LINK_MEMORY_SOURCES
  address_space.cpp code_memory.cpp frame_record.cpp large_data.cpp pc_map.cpp slab.cpp slab_memory_manager.cpp
  unwind_plugin.cpp unwind_registration.cpp)

# Executables that link libajit must export this symbol, so that the unwinder finds generated code
# (unwind_registration.h). Belongs in target_link_options(ajit_link INTERFACE …).
set(AJIT_LINK_MEMORY_LINK_OPTIONS -Wl,--export-dynamic-symbol=_Unwind_Find_FDE
  # For gdb (gdb_registration.h).
  -Wl,--export-dynamic-symbol=__jit_debug_register_code -Wl,--export-dynamic-symbol=__jit_debug_descriptor)
