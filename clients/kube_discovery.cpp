// SPDX-License-Identifier: Apache-2.0
#include "clients/kube_discovery.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "clients/asked_once.hpp"
#include "clients/kube_kinds.hpp"
#include "clients/reply_json.hpp"

namespace setpoint {
namespace {

using namespace reply_json;

constexpr std::size_t kMostKinds = 10'000;

/// Null: the cluster serves nothing of that group and version.
using Served = std::shared_ptr<const std::vector<KubeServedKind>>;

std::string_view version_of(std::string_view api_version) {
    const auto slash = api_version.find('/');
    return slash == std::string_view::npos ? api_version : api_version.substr(slash + 1);
}

Result<Served> read(const std::string& api_version, const Result<std::string>& json) {
    if (!json && json.error().code == Errc::no_data) return Served{};
    if (!json) return tl::unexpected(json.error());
    return read_served_kinds(api_version, *json).map([](std::vector<KubeServedKind> kinds) {
        return Served{std::make_shared<const std::vector<KubeServedKind>>(std::move(kinds))};
    });
}

Result<KubeServedKind> find_in(const Served& served, const std::string& kind, const std::string& api_version) {
    if (served) return find_kind(*served, kind, api_version);
    return fail(Errc::bad_config, "the cluster has no " + api_version + ", where kind " + kind + " is to be");
}

}  // namespace

Result<std::string> discovery_path(const std::string& api_version) {
    const auto version = version_of(api_version);
    const bool odd = api_version.starts_with('/') || version.empty() || version.find('/') != std::string_view::npos;
    if (odd) return fail(Errc::bad_config, "the apiVersion of an object is like example.com/v1, it was '" + api_version + "'");
    return kube_group_path({std::string{group_of(api_version)}, std::string{version}, {}});
}

Result<std::vector<KubeServedKind>> read_served_kinds(const std::string& api_version, std::string_view json) {
    const auto object = reply_json::read(json);
    if (!object) return tl::unexpected(object.error());
    const auto* list = member(*object, "resources");
    if (list == nullptr || !list->is_array()) return fail(Errc::bad_reply, "the answer makes no sense: no resources");
    if (list->size() > kMostKinds) return fail(Errc::bad_reply, "the answer has more than 10,000 resources");
    std::vector<KubeServedKind> kinds;
    std::set<std::string> names;
    for (const auto& resource : *list) {
        const auto plural = text(member(resource, "name"));
        names.insert(plural);
        const bool is_part = plural.find('/') != std::string::npos;  // a subresource
        if (plural.empty() || is_part) continue;
        kinds.push_back({text(member(resource, "kind")), {std::string{group_of(api_version)}, std::string{version_of(api_version)}, plural}});
    }
    for (auto& kind : kinds) kind.has_scale = names.contains(kind.resource.plural + "/scale");
    return kinds;
}

Result<KubeServedKind> find_kind(const std::vector<KubeServedKind>& served, const std::string& kind, const std::string& api_version) {
    const auto found = std::ranges::find(served, kind, &KubeServedKind::kind);
    if (found == served.end()) return fail(Errc::bad_config, "the cluster has no kind " + kind + " in " + api_version);
    return *found;
}

/// Lives on the I/O thread.
class KubeDiscovery::State : public std::enable_shared_from_this<State> {
public:
    State(KubeClient& kube, const Clock& clock)
        : asked_(std::make_shared<AskedOnce<Served>>(clock, [&kube](const std::string& api_version, Deadline deadline, const AskedOnce<Served>::Answered& answered) {
              kube.get(*discovery_path(api_version), deadline.left(), [api_version, answered](const Result<std::string>& json) { answered(read(api_version, json)); });
          })) {}

    void find(const std::string& kind, const std::string& api_version, Duration fresh, Deadline deadline, Done done) {
        if (const auto path = discovery_path(api_version); !path) return done(tl::unexpected(path.error()));
        asked_->ask(api_version, fresh, deadline,
                    [self = shared_from_this(), kind, api_version, fresh, deadline, done = std::move(done)](const Result<Served>& served) {
                        if (!served) return done(tl::unexpected(served.error()));
                        const auto found = find_in(*served, kind, api_version);
                        if (found || fresh <= kAbsentServes) return done(found);
                        self->find(kind, api_version, kAbsentServes, deadline, done);
                    });
    }

    void close() { asked_->close(); }

private:
    std::shared_ptr<AskedOnce<Served>> asked_;
};

KubeDiscovery::KubeDiscovery(IoThread& io, KubeClient& kube, const Clock& clock) : io_(io), state_(std::make_shared<State>(kube, clock)) {}

KubeDiscovery::~KubeDiscovery() {
    io_.run([this] { state_->close(); });
}

void KubeDiscovery::find(const std::string& kind, const std::string& api_version, Duration fresh, Deadline deadline, Done done) {
    state_->find(kind, api_version, fresh, deadline, std::move(done));
}

}  // namespace setpoint
