// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "agent/documents/document.hpp"
#include "agent/documents/yaml_text.hpp"

namespace setpoint {

/// Adds one document, of any kind, and all that is wrong with it by itself; `file` is what messages call its text.
void read_document(const YamlNode& root, const std::string& file, Documents& into);

}  // namespace setpoint
