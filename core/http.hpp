// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"

namespace setpoint {

struct HttpRequest {
    std::string method = "GET";
    std::string target;  // path and query, already escaped
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    Duration deadline = std::chrono::seconds{5};   // for all of it: resolving, connecting, the last byte
    std::size_t max_body = 8U << 20U;              // a larger answer is Errc::bad_reply
    // Where set: is handed the body of a 2xx answer as it arrives, on the I/O thread, in pieces of any size, the first of
    // them empty as soon as the answer begins. Nothing of it is kept then, and it may be of any length.
    std::function<void(std::string_view)> stream;
};

struct HttpResponse {
    int status = 0;
    std::string body;
    std::string retry_after = {};  // the header of this name, as it came
};

/// One server to ask. Implementations differ in transport only.
class HttpClient {
public:
    using Done = std::function<void(Result<HttpResponse>)>;

    virtual ~HttpClient() = default;
    /// Never blocks. `done` is called exactly once, on the I/O thread, at the latest shortly after the
    /// deadline: with a response of any status, or `unreachable`, `timed_out` or `bad_reply`.
    virtual void send(HttpRequest request, Done done) = 0;
};

}  // namespace setpoint
