// SPDX-License-Identifier: Apache-2.0
#include "collectors/prometheus_answer.hpp"

#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

#include "clients/reply_json.hpp"
#include "core/printable.hpp"

namespace setpoint {
namespace {

using namespace reply_json;

constexpr std::size_t kMostOfAMessage = 300;  // characters that a server may put into our log

std::string shown(std::string text) {
    if (text.size() > kMostOfAMessage) text = text.substr(0, kMostOfAMessage) + "...";
    return printable(std::move(text));
}

/// `[1700000000.123, "0.25"]`; the text may be NaN, +Inf or -Inf.
std::optional<PrometheusAnswer> read_pair(const Json* pair) {
    if (pair == nullptr || !pair->is_array() || pair->size() != 2 || !(*pair)[0].is_number() || !(*pair)[1].is_string()) return std::nullopt;
    const auto& text = (*pair)[1].get_ref<const std::string&>();
    char* end = nullptr;
    const double value = std::strtod(text.c_str(), &end);
    if (text.empty() || *end != '\0') return std::nullopt;
    return PrometheusAnswer{value, (*pair)[0].get<double>()};
}

tl::unexpected<Error> nonsense(const std::string& what) { return fail(Errc::bad_reply, "the answer makes no sense: " + what); }

tl::unexpected<Error> complaint(const HttpResponse& response, const Json& json) {
    const auto type = shown(text(member(json, "errorType")));
    const auto message = shown(text(member(json, "error")));
    if (!message.empty()) return fail(Errc::refused, (type.empty() ? "" : type + ": ") + message);
    switch (response.status) {
        case 401: return fail(Errc::refused, "HTTP 401: the server wants credentials (tokenFile, or username and passwordFile of the Source)");
        case 403: return fail(Errc::refused, "HTTP 403: these credentials may not query");
        case 404: return fail(Errc::refused, "HTTP 404: no Prometheus API at this address; is a path missing in the url?");
        default: return fail(Errc::refused, "HTTP " + std::to_string(response.status));
    }
}

Result<PrometheusAnswer> read_vector(const Json& result) {
    if (result.empty()) return fail(Errc::no_data, "the query has no result");
    if (result.size() > 1) {
        return fail(Errc::bad_reply, "the query gives " + std::to_string(result.size()) +
                                         " series, one is wanted: aggregate them, as in sum(...) or max(...)");
    }
    if (member(result[0], "histogram") != nullptr) return fail(Errc::bad_reply, "the query gives a histogram, a number is wanted: histogram_quantile(0.95, ...)");
    if (const auto answer = read_pair(member(result[0], "value"))) return *answer;
    return nonsense("a sample without [time, \"value\"]");
}

}  // namespace

Result<PrometheusAnswer> parse_prometheus(const HttpResponse& response) {
    const auto read_body = reply_json::read(response.body);
    const Json json = read_body.value_or(Json{});
    if (text(member(json, "status")) != "success") {
        if (response.status == 200 && !read_body) return nonsense("no JSON");
        if (response.status == 200 && text(member(json, "error")).empty()) return nonsense("neither a success nor an error");
        return complaint(response, json);
    }
    const auto* result = member(json, "data", "result");
    if (result == nullptr || !result->is_array()) return nonsense("no data.result");
    const auto type = text(member(json, "data", "resultType"));
    if (type == "vector") return read_vector(*result);
    if (type == "scalar") {
        if (const auto answer = read_pair(result)) return *answer;
        return nonsense("a scalar without [time, \"value\"]");
    }
    return fail(Errc::bad_reply, "the query gives a " + shown(type) + ", one number is wanted" +
                                     (type == "matrix" ? ": an instant query has no [range] at its end" : ""));
}

}  // namespace setpoint
