// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "core/http.hpp"
#include "core/result.hpp"

namespace setpoint {

/// What an instant query says (Prometheus HTTP API v1, /api/v1/query).
struct PrometheusAnswer {
    double value = 0;       // may be NaN or infinite: the board knows what to make of that
    double evaluated = 0;   // Unix seconds by the server's clock: of the evaluation, not of the scrape
};

/// The one number of an answer: a vector of one sample, or a scalar. `no_data`: an empty vector. `bad_reply`: several
/// series, a matrix, a string, a histogram, no JSON. `refused`: the server says that the query is wrong or that it may
/// not be asked, in the server's words.
[[nodiscard]] Result<PrometheusAnswer> parse_prometheus(const HttpResponse& response);

}  // namespace setpoint
