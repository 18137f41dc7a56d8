// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "clients/io_thread.hpp"
#include "clients/kube_feed.hpp"
#include "core/ids.hpp"
#include "core/result.hpp"

namespace setpoint {

/// The objects of one kind, each reduced to a `T` while it is parsed, as new as the server tells of them, for everybody who
/// asks. Events that come twice or late change nothing. Everything on the I/O thread.
///
///     KubeWatch<Replicas> sizes{io, kube, {{"apps", "v1", "deployments"}, "shop"}, parse_size};
template <class T>
class KubeWatch {
public:
    /// Of the object's JSON, which is valid only during the call. What it fails on is as if it were not there.
    using Reduce = std::function<Result<T>(std::string_view json)>;

    struct Item {
        std::uint64_t uid = 0;      // hash_of the UID: another one is another object
        std::uint64_t version = 0;
        T value;
    };
    struct Change {
        const std::string& key;     // `namespace/name`, `name` without namespaces
        const Item* before;         // null: it is new, or another object had this name
        const Item* now;            // null: it is gone
    };
    /// May subscribe or go, but not destroy the watch.
    using Heard = std::function<void(const Change&)>;
    using Subscription = std::shared_ptr<void>;  // ends the hearing when dropped

    KubeWatch(IoThread& io, KubeClient& kube, KubeSelection what, Reduce reduce, KubeFeed::Settings settings = {});

    /// Null: there is none, or nothing is known yet.
    [[nodiscard]] const Item* find(const std::string& key) const;
    template <class Each>
    void each(const Each& tell) const;
    [[nodiscard]] std::size_t size() const;

    /// Whether all there is was listed once.
    [[nodiscard]] bool listed() const;
    /// Why nothing is heard of changes at present; what is known is then of `heard()`.
    [[nodiscard]] const std::optional<Error>& trouble() const;

    [[nodiscard]] Subscription on_change(Heard heard);
};

}  // namespace setpoint
