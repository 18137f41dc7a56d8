// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "clients/http_server.hpp"

namespace setpoint {

/// The page, whole: it loads nothing but the API. Only its own scripts and styles run (a nonce each time).
[[nodiscard]] HttpServerResponse page_answer();

/// What it is made of; put into the program at build time.
namespace page {
extern const std::string_view html;
extern const std::string_view css;
extern const std::string_view js;
extern const std::string_view dygraphs_js;
extern const std::string_view dygraphs_css;
}  // namespace page

}  // namespace setpoint
