// SPDX-License-Identifier: Apache-2.0
#include "clients/secret_file.hpp"

#include <array>
#include <fstream>

namespace setpoint {
namespace {

constexpr std::size_t kMostSecret = 16U << 10U;

}  // namespace

Result<std::string> read_secret(const std::string& path) {
    std::ifstream file{path};
    std::array<char, kMostSecret> line{};
    if (!file.getline(line.data(), line.size())) return fail(Errc::bad_config, "cannot read a secret from the first line of " + path);
    std::string secret{line.data()};
    while (!secret.empty() && (secret.back() == '\r' || secret.back() == ' ')) secret.pop_back();
    return secret;
}

}  // namespace setpoint
