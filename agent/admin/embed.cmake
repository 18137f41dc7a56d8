# Writes OUT, a C++ file with the bytes of each file of FILES as setpoint::page::NAME, by the names of NAMES.
set(text "// Made at build time.\n#include \"agent/admin/page.hpp\"\n\nnamespace setpoint::page {\n")
foreach(name file IN ZIP_LISTS NAMES FILES)
  file(READ "${file}" bytes HEX)
  string(LENGTH "${bytes}" size)
  math(EXPR size "${size} / 2")
  string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  string(APPEND text "static const unsigned char ${name}_bytes[] = {\n${bytes}};\n"
    "const std::string_view ${name}{reinterpret_cast<const char*>(${name}_bytes), ${size}};\n")
endforeach()
file(WRITE "${OUT}" "${text}}  // namespace setpoint::page\n")
