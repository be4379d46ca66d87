# What `cmake --install` leaves, and what find_package(Throng) gives to a project outside.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# All layers at once.
add_library(throng_umbrella INTERFACE)
add_library(Throng::throng ALIAS throng_umbrella)
set_target_properties(throng_umbrella PROPERTIES EXPORT_NAME throng)
target_link_libraries(throng_umbrella INTERFACE Throng::scenarios)

set(layers throng_sim throng_behaviors throng_io throng_scenarios)
foreach(layer IN LISTS layers)
  # Code in headers has to be compiled as the libraries were: contraction would change its bits,
  # other vector registers would change the alignment of Eigen's types, and contracts that are
  # checked here must be checked there. Warnings stay a matter of each project.
  target_compile_features(${layer} PUBLIC cxx_std_20)
  target_compile_options(${layer} INTERFACE $<INSTALL_INTERFACE:-ffp-contract=off>
    $<INSTALL_INTERFACE:$<IF:$<BOOL:${THRONG_NATIVE}>,-march=native,-march=x86-64-v3>>)
  if(THRONG_CHECKED)
    target_compile_definitions(${layer} INTERFACE $<INSTALL_INTERFACE:THRONG_CHECKED>)
  endif()
  target_include_directories(${layer}
    INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/throng>)
endforeach()

install(TARGETS ${layers} throng_umbrella EXPORT ThrongTargets)
install(TARGETS throng)
install(EXPORT ThrongTargets NAMESPACE Throng:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/Throng)
# Headers keep their paths: #include "sim/types.h" outside as inside.
install(DIRECTORY sim behaviors io scenarios DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/throng
  FILES_MATCHING PATTERN "*.h")
# Scenarios and the tables they read.
install(DIRECTORY scenarios DESTINATION ${CMAKE_INSTALL_DATADIR}/throng
  FILES_MATCHING PATTERN "*.toml" PATTERN "*.csv" PATTERN "*.json")
install(FILES LICENSE CITATION.cff DESTINATION ${CMAKE_INSTALL_DATADIR}/throng)

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/ThrongConfig.cmake.in
  ${PROJECT_BINARY_DIR}/ThrongConfig.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/Throng PATH_VARS CMAKE_INSTALL_DATADIR)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/ThrongConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/ThrongConfig.cmake ${PROJECT_BINARY_DIR}/ThrongConfigVersion.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/Throng)
