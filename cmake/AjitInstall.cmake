# What `cmake --install` installs: ajit-run, libajit with the headers of its public interface, and a package config, so
# that another project needs only find_package(ajit) and ajit::ajit (tests/embed/).
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

install(TARGETS ajit_support ajit_tier ajit_ir_modules ajit_ir_bodies ajit_ir_osr ajit_ir_units ajit_codegen ajit_compiled ajit_compile
                ajit_report ajit_link ajit_link_observers ajit_link_host ajit_jit llvm_headers llvm_jit
  EXPORT ajit-targets)
install(EXPORT ajit-targets NAMESPACE ajit:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/ajit)
install(FILES
  src/jit/jit.h src/jit/options.h src/report/stats.h src/report/time_report.h
  src/tier/tier_options.h src/tier/profile_snapshot.h src/tier/function_state.h src/tier/loop_state.h
  src/support/dump_options.h src/support/result.h src/support/tier.h src/support/thread_annotations.h
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/ajit)

configure_package_config_file(cmake/ajit-config.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/ajit-config.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/ajit)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/ajit-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/ajit-config.cmake ${CMAKE_CURRENT_BINARY_DIR}/ajit-config-version.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/ajit)
