// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "agent/import/foreign.hpp"

namespace setpoint {

/// A LabelSelector as one text, as kubectl writes it: `app=cart,tier in (a, b),!old`. Empty where there is none.
[[nodiscard]] std::string import_selector(Foreign selector);

}  // namespace setpoint
