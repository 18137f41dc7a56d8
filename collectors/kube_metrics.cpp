// SPDX-License-Identifier: Apache-2.0
#include "collectors/kube_metrics.hpp"

#include <utility>

#include "clients/asked_once.hpp"

namespace setpoint {
namespace {

using Pods = KubeMetrics::Pods;
using Lists = AskedOnce<std::shared_ptr<const Pods>>;

constexpr int kMostPages = 64;

/// A list that comes in pages, so far. metrics-server gives all at once, whatever limit it is asked for.
struct Listing {
    KubeClient& kube;
    std::string ns;
    Deadline deadline;
    Lists::Answered answered;
    Pods pods = {};
    int pages = 0;
};

void list(const std::shared_ptr<Listing>& listing, const std::string& from);

void take(const std::shared_ptr<Listing>& listing, const Result<std::string>& answer) {
    if (!answer) return listing->answered(tl::unexpected(answer.error()));
    auto page = parse_pod_usage(*answer);
    if (!page) return listing->answered(tl::unexpected(page.error()));
    listing->pods.merge(page->pods);
    if (page->more.empty()) return listing->answered(std::make_shared<const Pods>(std::move(listing->pods)));
    if (++listing->pages == kMostPages) return listing->answered(fail(Errc::bad_reply, "more than " + std::to_string(kMostPages) + " pages of pods"));
    list(listing, page->more);
}

void list(const std::shared_ptr<Listing>& listing, const std::string& from) {
    listing->kube.list({{"metrics.k8s.io", "v1beta1", "pods"}, listing->ns}, from, listing->deadline.left(),
                       [listing](const Result<std::string>& answer) { take(listing, answer); });
}

}  // namespace

class KubeMetrics::State : public Lists {
public:
    using Lists::Lists;
};

KubeMetrics::KubeMetrics(IoThread& io, KubeClient& kube, const Clock& clock)
    : io_(io), state_(std::make_shared<State>(clock, [&kube](const std::string& ns, Deadline deadline, Lists::Answered answered) {
          list(std::make_shared<Listing>(kube, ns, deadline, std::move(answered)), {});
      })) {}

KubeMetrics::~KubeMetrics() {
    io_.run([this] { state_->close(); });
}

void KubeMetrics::pods(const std::string& ns, Duration fresh, Deadline deadline, Done done) {
    state_->ask(ns, fresh, deadline, std::move(done));
}

}  // namespace setpoint
