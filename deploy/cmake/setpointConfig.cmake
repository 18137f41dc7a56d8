# setpoint::core and setpoint::policies: the control of setpoint, to be embedded.
include(CMakeFindDependencyMacro)
find_dependency(fmt 9)
find_dependency(tl-expected 1.0)
find_dependency(date 3.0)
include("${CMAKE_CURRENT_LIST_DIR}/setpointTargets.cmake")
