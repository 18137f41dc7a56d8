// SPDX-License-Identifier: Apache-2.0
#include "collectors/kubelets.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "clients/asked_once.hpp"
#include "collectors/node_usage.hpp"

namespace setpoint {
namespace {

using Answers = AskedOnce<Kubelets::Usage>;

constexpr const char* kPath = "/metrics/resource";
constexpr std::size_t kMostNodes = 10'000;
constexpr Duration kForgotten = std::chrono::minutes{30};  // what is known of a node that nobody asked for
constexpr Duration kSoon = std::chrono::milliseconds{50};

/// Whether it is the same trouble: other words than those of nobody who answers differ by a number.
bool is_same(const Error& a, const Error& b) { return a.code == b.code && (a.code != Errc::unreachable || a.message == b.message); }

}  // namespace

/// Lives on the I/O thread.
class Kubelets::State : public std::enable_shared_from_this<Kubelets::State> {
public:
    State(IoThread& io, KubeCluster& cluster, KubeletClient& client, const Clock& clock, Told told, const Settings& settings)
        : io_(io), cluster_(cluster), client_(client), clock_(clock), told_(std::move(told)), settings_(settings) {}

    /// Apart from the constructor, in which nobody shares this yet.
    void begin() {
        answers_ = std::make_shared<Answers>(clock_, [weak = weak_from_this()](const std::string& node, Deadline deadline, const Answers::Answered& answered) {
            if (const auto self = weak.lock()) self->ask(node, deadline, answered);
        });
    }

    void usage(const std::string& node, Duration fresh, Deadline deadline, Done done) {
        if (closed_) return;
        if (const auto failure = pauses(node)) return done(tl::unexpected(*failure));
        answers_->ask(node, std::max(fresh, settings_.soonest), deadline, std::move(done));
    }

    void close() {
        closed_ = true;
        answers_->close();
        known_.clear();
        nodes_.reset();
    }

private:
    struct Node {
        KubeNode where;
        Usage last;                    // null: it was not read the last time
        std::optional<Error> failure;  // why
        Time asked{};
        IoThread::Timer looks;         // for the node, while the nodes are being listed
    };

    /// Why it is not asked now.
    [[nodiscard]] std::optional<Error> pauses(const std::string& node) const {
        const auto found = known_.find(node);
        if (found == known_.end() || !found->second.failure) return std::nullopt;
        return clock_.now() < found->second.asked + settings_.pause ? found->second.failure : std::nullopt;
    }

    void ask(const std::string& name, Deadline deadline, const Answers::Answered& answered) {
        if (closed_) return;
        forget();
        auto& node = known_[name];
        node.asked = clock_.now();
        if (!nodes_) nodes_ = cluster_.nodes();
        const bool listing = !nodes_->listed() && !nodes_->trouble();
        if (listing && deadline.left() > 2 * kSoon) {
            node.looks = io_.after(kSoon, [self = this, name, deadline, answered] { self->ask(name, deadline, answered); });
            return;
        }
        const auto where = find(name);
        if (!where) return take(name, tl::unexpected(where.error()), answered);
        // What another machine counted is no beginning.
        if (std::exchange(node.where, *where) != *where) node.last = nullptr;
        client_.get(*where, kPath, deadline.left(), [weak = weak_from_this(), name, answered](const Result<std::string>& answer) {
            if (const auto self = weak.lock()) self->take(name, answer, answered);
        });
    }

    [[nodiscard]] Result<KubeNode> find(const std::string& name) const {
        const auto* node = nodes_->find(name);
        if (node != nullptr && !node->value.address.empty()) return node->value;
        if (node != nullptr) return fail(Errc::no_data, "the node has no InternalIP");
        if (const auto trouble = nodes_->trouble()) return fail(trouble->code, "the cluster's nodes cannot be listed: " + trouble->message);
        return fail(Errc::no_data, nodes_->listed() ? "there is no such node" : "the list of the cluster's nodes has not come yet");
    }

    void take(const std::string& name, const Result<std::string>& answer, const Answers::Answered& answered) {
        if (closed_) return;
        auto reading = answer ? parse_kubelet_reading(*answer) : Result<KubeletReading>{tl::unexpected(answer.error())};
        auto& node = known_[name];
        if (!reading) {
            failed(name, node, in("the kubelet of " + name)(std::move(reading.error())));
            return answered(tl::unexpected(*node.failure));
        }
        node.last = std::make_shared<const NodeUsage>(next_usage(node.last.get(), std::move(*reading)));
        if (std::exchange(node.failure, std::nullopt) && told_) told_(name, std::nullopt);
        answered(node.last);
    }

    /// In the words of its beginning for as long as it is the same.
    void failed(const std::string& name, Node& node, Error error) {
        node.last = nullptr;
        if (node.failure && is_same(*node.failure, error)) return;
        node.failure = std::move(error);
        if (told_) told_(name, node.failure);
    }

    void forget() {
        if (known_.size() < kMostNodes) return;
        std::erase_if(known_, [now = clock_.now()](const auto& entry) { return entry.second.asked + kForgotten < now; });
    }

    IoThread& io_;
    KubeCluster& cluster_;
    KubeletClient& client_;
    const Clock& clock_;
    const Told told_;
    const Settings settings_;
    std::shared_ptr<Answers> answers_;
    std::shared_ptr<KubeNodes> nodes_;
    std::map<std::string, Node> known_;
    bool closed_ = false;
};

Kubelets::Kubelets(IoThread& io, KubeCluster& cluster, std::unique_ptr<KubeletClient> client, const Clock& clock, Told told)
    : Kubelets(io, cluster, std::move(client), clock, std::move(told), Settings{}) {}

Kubelets::Kubelets(IoThread& io, KubeCluster& cluster, std::unique_ptr<KubeletClient> client, const Clock& clock, Told told, Settings settings)
    : io_(io), client_(std::move(client)), state_(std::make_shared<State>(io, cluster, *client_, clock, std::move(told), settings)) {
    state_->begin();
}

Kubelets::~Kubelets() {
    io_.run([this] { state_->close(); });
}

void Kubelets::usage(const std::string& node, Duration fresh, Deadline deadline, Done done) {
    state_->usage(node, fresh, deadline, std::move(done));
}

}  // namespace setpoint
