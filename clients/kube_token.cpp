// SPDX-License-Identifier: Apache-2.0
#include "clients/kube_token.hpp"

#include <utility>

#include "clients/kube_exec.hpp"
#include "clients/secret_file.hpp"

namespace setpoint {
namespace {

class FixedToken final : public KubeToken {
public:
    explicit FixedToken(std::string token) : token_(std::move(token)) {}
    void get(Done done) override { done(token_); }
    bool renew() override { return false; }

private:
    std::string token_;
};

/// Read for each request: a service account's token is replaced when most of its hour is over.
class TokenInFile final : public KubeToken {
public:
    explicit TokenInFile(std::string path) : path_(std::move(path)) {}
    void get(Done done) override {
        auto token = read_secret(path_);
        if (token) last_ = *token;
        done(std::move(token));
    }
    bool renew() override {
        const auto token = read_secret(path_);
        return token && *token != last_;
    }

private:
    std::string path_;
    std::string last_;
};

}  // namespace

Result<std::unique_ptr<KubeToken>> kube_token(IoThread& io, const KubeCredentials& credentials) {
    if (credentials.exec) return exec_token(io, *credentials.exec);
    if (credentials.token_file.empty()) return std::make_unique<FixedToken>(credentials.token);
    if (auto token = read_secret(credentials.token_file); !token) return tl::unexpected(token.error());
    return std::make_unique<TokenInFile>(credentials.token_file);
}

}  // namespace setpoint
