# Tests of what is done to IR, on textual IR.
set(AJIT_IR_TESTS ir_function_traits_test.cpp ir_initialisers_test.cpp ir_normalise_test.cpp
  ir_unit_test.cpp ir_debug_info_test.cpp ir_osr_points_test.cpp ir_osr_check_test.cpp ir_osr_slots_test.cpp ir_continuation_test.cpp
  ir_osr_test_support.cpp ir_osr_transfer_test.cpp ir_osr_random_test.cpp ir_pointer_flow_test.cpp)
