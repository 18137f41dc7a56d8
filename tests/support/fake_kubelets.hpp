// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "clients/io_thread.hpp"
#include "clients/kubelet_client.hpp"

namespace setpoint::test {

/// Kubelets with canned answers, by address, one for each request in turn; without one more a request waits for it.
class FakeKubelets {
public:
    struct Asked {
        std::string at;  // ADDRESS:PORT
        HttpRequest request;
    };

    explicit FakeKubelets(IoThread& io) : io_(io) {}

    void answers(const std::string& address, Result<HttpResponse> answer) {
        const std::lock_guard guard{log_->lock};
        auto& waiting = log_->waiting[address];
        if (waiting.empty()) return log_->answers[address].push_back(std::move(answer));
        io_.post([answer = std::move(answer), done = std::move(waiting.front())] { done(answer); });
        waiting.pop_front();
    }

    [[nodiscard]] KubeletClient::Open open() {
        return [this](const KubeNode& node) -> Result<std::unique_ptr<HttpClient>> {
            ++log_->opened;
            return std::make_unique<Way>(io_, log_, node);
        };
    }
    [[nodiscard]] std::unique_ptr<KubeletClient> client(KubeCredentials credentials = {}) {
        return std::make_unique<KubeletClient>(io_, open(), std::move(*kube_token(io_, credentials)));
    }

    /// Waits until so many requests came; all of them.
    std::vector<Asked> asked(std::size_t count) {
        std::unique_lock lock{log_->lock};
        log_->came.wait_for(lock, std::chrono::seconds{20}, [&] { return log_->asked.size() >= count; });
        return log_->asked;
    }
    [[nodiscard]] int opened() const { return log_->opened; }

private:
    struct Log {
        std::mutex lock;
        std::condition_variable came;
        std::map<std::string, std::deque<Result<HttpResponse>>> answers;
        std::map<std::string, std::deque<HttpClient::Done>> waiting;
        std::vector<Asked> asked;
        int opened = 0;
    };

    class Way final : public HttpClient {
    public:
        Way(IoThread& io, std::shared_ptr<Log> log, KubeNode node) : io_(io), log_(std::move(log)), node_(std::move(node)) {}
        void send(HttpRequest request, Done done) override {
            const std::lock_guard guard{log_->lock};
            log_->asked.push_back({node_.address + ":" + std::to_string(node_.port), request});
            log_->came.notify_all();
            auto& answers = log_->answers[node_.address];
            if (answers.empty()) return log_->waiting[node_.address].push_back(std::move(done));
            io_.post([answer = std::move(answers.front()), done = std::move(done)] { done(answer); });
            answers.pop_front();
        }

    private:
        IoThread& io_;
        std::shared_ptr<Log> log_;
        KubeNode node_;
    };

    IoThread& io_;
    std::shared_ptr<Log> log_ = std::make_shared<Log>();
};

/// As a list has it.
inline std::string node_json(const std::string& name, const std::string& address, int port = 10250) {
    return R"({"metadata":{"name":")" + name + R"(","uid":"uid-)" + name + R"(","resourceVersion":"1"},"status":{"addresses":[{"type":"Hostname","address":")" + name +
           R"("},{"type":"InternalIP","address":")" + address + R"("}],"daemonEndpoints":{"kubeletEndpoint":{"Port":)" + std::to_string(port) + "}}}}";
}

}  // namespace setpoint::test
