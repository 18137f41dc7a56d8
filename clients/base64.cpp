// SPDX-License-Identifier: Apache-2.0
#include "clients/base64.hpp"

#include <algorithm>
#include <openssl/evp.h>

namespace setpoint {

std::string base64(std::string_view bytes) {
    std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');  // OpenSSL ends it with a NUL
    const auto length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    out.resize(static_cast<std::size_t>(length));
    return out;
}

Result<std::string> from_base64(std::string_view text) {
    std::string packed{text};
    std::erase_if(packed, [](char c) { return c == '\n' || c == '\r' || c == ' '; });
    const auto padding = packed.ends_with("==") ? 2U : packed.ends_with('=') ? 1U : 0U;
    std::string out(packed.size() / 4 * 3, '\0');
    const auto length = packed.size() % 4 != 0 ? -1
                                               : EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                                                 reinterpret_cast<const unsigned char*>(packed.data()), static_cast<int>(packed.size()));
    if (length < 0) return fail(Errc::bad_config, "is not base64");
    out.resize(static_cast<std::size_t>(length) - std::min<std::size_t>(padding, static_cast<std::size_t>(length)));
    return out;
}

}  // namespace setpoint
