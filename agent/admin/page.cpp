// SPDX-License-Identifier: Apache-2.0
#include "agent/admin/page.hpp"

#include <array>
#include <random>
#include <string>

namespace setpoint {
namespace {

/// 128 random bits, in hexadecimal.
std::string nonce() {
    std::random_device chance;
    std::string text;
    for (int i = 0; i < 32; ++i) text += "0123456789abcdef"[chance() % 16];
    return text;
}

void put(std::string& html, std::string_view mark, const std::string& text) {
    if (const auto at = html.find(mark); at != std::string::npos) html.replace(at, mark.size(), text);
}

}  // namespace

HttpServerResponse page_answer() {
    const auto once = nonce();
    const auto tag = [&](std::string_view name, std::string_view text) {
        const std::string word{name};
        return "<" + word + " nonce=\"" + once + "\">\n" + std::string{text} + "\n</" + word + ">\n";
    };
    std::string html{page::html};
    put(html, "<!--styles-->", tag("style", page::dygraphs_css) + tag("style", page::css));
    put(html, "<!--scripts-->", tag("script", page::dygraphs_js) + tag("script", page::js));
    HttpServerResponse answer{200, "text/html; charset=utf-8", std::move(html), {}};
    answer.headers = {{"Content-Security-Policy",
                       "default-src 'none'; script-src 'nonce-" + once + "'; style-src 'nonce-" + once +
                           "'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
                      {"Referrer-Policy", "no-referrer"},
                      {"X-Frame-Options", "DENY"}};
    return answer;
}

}  // namespace setpoint
