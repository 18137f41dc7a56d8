# What is installed beside the program, and the Debian package: `cmake --build ... --target package`.
# Component `agent` goes under any prefix; `service` is of a system, and only in the package.
find_program(GZIP gzip REQUIRED)
set(generated ${PROJECT_BINARY_DIR}/generated)
set(generated_files ${generated}/setpoint.1.gz ${generated}/bash ${generated}/zsh ${generated}/fish ${generated}/changelog.gz)
add_custom_command(OUTPUT ${generated_files}
  DEPENDS setpoint ${PROJECT_SOURCE_DIR}/deploy/debian/changelog
  COMMAND ${CMAKE_COMMAND} -E make_directory ${generated}
  COMMAND setpoint manual | ${GZIP} -9n > ${generated}/setpoint.1.gz
  COMMAND setpoint completion bash > ${generated}/bash
  COMMAND setpoint completion zsh > ${generated}/zsh
  COMMAND setpoint completion fish > ${generated}/fish
  COMMAND ${GZIP} -9nc ${PROJECT_SOURCE_DIR}/deploy/debian/changelog > ${generated}/changelog.gz
  VERBATIM)
add_custom_target(package_files ALL DEPENDS ${generated_files})

set(share ${CMAKE_INSTALL_DATADIR}/setpoint)
install(TARGETS setpoint RUNTIME COMPONENT agent)
install(FILES ${generated}/setpoint.1.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT agent)
install(FILES ${generated}/bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME setpoint COMPONENT agent)
install(FILES ${generated}/zsh DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions RENAME _setpoint COMPONENT agent)
install(FILES ${generated}/fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d RENAME setpoint.fish COMPONENT agent)
install(FILES deploy/prometheus/setpoint.rules.yaml DESTINATION ${share}/prometheus COMPONENT agent)
install(FILES deploy/grafana/setpoint.json DESTINATION ${share}/grafana COMPONENT agent)
install(FILES README.md DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/setpoint COMPONENT agent)
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/setpoint COMPONENT agent)
install(FILES deploy/examples/cart.yaml deploy/examples/quickstart.yaml deploy/examples/web.yaml
  DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/setpoint/examples COMPONENT agent)

install(FILES deploy/systemd/setpoint.service DESTINATION lib/systemd/system COMPONENT service EXCLUDE_FROM_ALL)
install(FILES deploy/examples/web.yaml DESTINATION /etc/setpoint/policies RENAME web.yaml.example
  COMPONENT service EXCLUDE_FROM_ALL)
install(FILES deploy/debian/copyright ${generated}/changelog.gz
  DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/setpoint COMPONENT service EXCLUDE_FROM_ALL)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME setpoint)
set(CPACK_PACKAGE_CONTACT "The setpoint maintainers <maintainers@setpoint.dev>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_CMAKE_PROJECTS "${PROJECT_BINARY_DIR};setpoint;agent;/" "${PROJECT_BINARY_DIR};setpoint;service;/")
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser, tzdata")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "ca-certificates")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "docker.io | docker-ce, prometheus")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "autoscaling control agent
Watches CPU, queue and latency signals, decides with proportional, PID,
predictive, step and schedule policies, and sets replica counts. It scales
containers and Compose services on a Docker Engine, explains every decision,
and replays its policies on recorded metrics.")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${PROJECT_SOURCE_DIR}/deploy/debian/conffiles ${PROJECT_SOURCE_DIR}/deploy/debian/postinst
  ${PROJECT_SOURCE_DIR}/deploy/debian/prerm ${PROJECT_SOURCE_DIR}/deploy/debian/postrm)
include(CPack)
