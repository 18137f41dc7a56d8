// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "clients/docker_client.hpp"
#include "clients/io_thread.hpp"
#include "core/http.hpp"

namespace setpoint::test {

/// A status of 0 is no answer: the deadline passed.
struct Reply {
    int status = 200;
    std::string body;
};

/// An Engine with canned answers by path: each is given in turn, the last one from then on. Records what was
/// asked. Runs on the I/O thread.
class FakeEngine final : public HttpClient {
public:
    using Script = std::map<std::string, std::vector<Reply>>;
    struct Log {
        std::mutex lock;
        std::vector<std::string> asked;   // "POST /containers/aa/start"
        std::vector<std::string> bodies;
        Script script;
    };

    FakeEngine(IoThread& io, std::shared_ptr<Log> log) : io_(io), log_(std::move(log)) {}

    void send(HttpRequest request, Done done) override {
        io_.post([reply = answer(request), done = std::move(done)] {
            if (reply.status == 0) return done(fail(Errc::timed_out, "no answer"));
            done(HttpResponse{reply.status, reply.body});
        });
    }

private:
    Reply answer(const HttpRequest& request) {
        auto path = request.target.substr(0, request.target.find('?'));
        if (path == "/version") return {200, R"({"ApiVersion": "1.41", "MinAPIVersion": "1.12"})"};
        path.erase(0, path.find('/', 1));  // the version
        const std::lock_guard guard{log_->lock};
        log_->asked.push_back(request.method + " " + request.target.substr(request.target.find('/', 1)));
        log_->bodies.push_back(request.body);
        auto& replies = log_->script[path];
        if (replies.empty()) return {404, R"({"message": "not in the script"})"};
        const Reply reply = replies.front();
        if (replies.size() > 1) replies.erase(replies.begin());
        return reply;
    }

    IoThread& io_;
    std::shared_ptr<Log> log_;
};

inline std::unique_ptr<DockerClient> docker_on(IoThread& io, const std::shared_ptr<FakeEngine::Log>& log) {
    const auto lane = [&] { return std::make_unique<FakeEngine>(io, log); };
    return std::make_unique<DockerClient>(io, DockerClient::Lanes{lane(), lane(), lane(), lane(), lane()});
}

inline std::unique_ptr<DockerClient> docker_on(IoThread& io, FakeEngine::Script script) {
    auto log = std::make_shared<FakeEngine::Log>();
    log->script = std::move(script);
    return docker_on(io, log);
}

}  // namespace setpoint::test
