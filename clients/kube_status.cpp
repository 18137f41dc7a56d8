// SPDX-License-Identifier: Apache-2.0
#include "clients/kube_status.hpp"

#include <string>
#include <utility>

#include "clients/reply_json.hpp"
#include "core/printable.hpp"

namespace setpoint {
namespace {

constexpr std::size_t kMostWords = 1024;

Errc code_of(int status) {
    switch (status) {
        case 404: return Errc::no_data;
        case 409: return Errc::conflict;
        case 410: return Errc::gone;
        case 429:
        case 503:
        case 504: return Errc::unreachable;
        default: return status >= 500 ? Errc::bad_reply : Errc::refused;
    }
}

/// The sentence of a Status; what is none as it came, without what would not print.
std::string words_of(std::string_view body) {
    const auto json = reply_json::read(body);
    auto words = json ? reply_json::text(reply_json::member(*json, "message")) : std::string{body.substr(0, kMostWords)};
    if (words.size() > kMostWords) words.resize(kMostWords);
    words = printable(std::move(words));
    while (words.ends_with(' ')) words.pop_back();
    return words;
}

}  // namespace

Error kube_error(int status, std::string_view body) {
    auto message = "kubernetes says " + std::to_string(status);
    if (status == 401) message += ": it does not know us; the token or the certificate is wrong or has expired";
    else if (auto words = words_of(body); !words.empty()) message += ": " + words;
    if (status == 429) message += " (too many requests)";
    return {code_of(status), std::move(message), status};
}

Error kube_error(std::string_view status) {
    const auto json = reply_json::read(status);
    const auto code = json ? reply_json::count(reply_json::member(*json, "code")) : std::nullopt;
    return kube_error(code && *code >= 400 && *code < 600 ? static_cast<int>(*code) : 500, status);
}

}  // namespace setpoint
