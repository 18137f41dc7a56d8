# core and policies as a package: find_package(setpoint), then link setpoint::policies.
include(CMakePackageConfigHelpers)
set(setpoint_package ${CMAKE_INSTALL_LIBDIR}/cmake/setpoint)

set_target_properties(setpoint_core PROPERTIES EXPORT_NAME core)
set_target_properties(setpoint_policies PROPERTIES EXPORT_NAME policies)
install(TARGETS setpoint_core setpoint_policies EXPORT setpoint
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
install(EXPORT setpoint FILE setpointTargets.cmake NAMESPACE setpoint::
  DESTINATION ${setpoint_package} COMPONENT development)
install(DIRECTORY core policies DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/setpoint COMPONENT development
  FILES_MATCHING PATTERN "*.hpp")
write_basic_package_version_file(${PROJECT_BINARY_DIR}/setpointConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES deploy/cmake/setpointConfig.cmake ${PROJECT_BINARY_DIR}/setpointConfigVersion.cmake
  DESTINATION ${setpoint_package} COMPONENT development)
