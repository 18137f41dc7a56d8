// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
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
/// asks. Events that come twice or late change nothing. Everything on the I/O thread; it is made and ended on any.
///
///     KubeWatch<Replicas> sizes{io, kube, {{"apps", "v1", "deployments"}, "shop"}, parse_size};
template <class T>
class KubeWatch {
public:
    /// Of an object's JSON, which is valid only during the call. Where it fails, what was known of the object stays.
    using Reduce = std::function<Result<T>(std::string_view json)>;

    struct Item {
        std::uint64_t uid = 0;      // hash_of the UID: another one is another object
        std::uint64_t version = 0;  // grows with every change
        T value;
    };
    struct Change {
        const std::string& key;     // `namespace/name`; `name` of kinds without namespaces
        const Item* before;         // null: it is new. One that was made anew under its name is first gone, then new
        const Item* now;            // null: it is gone
    };
    /// May subscribe and unsubscribe.
    using Heard = std::function<void(const Change&)>;
    using Subscription = std::shared_ptr<void>;  // ends the hearing when dropped

    KubeWatch(IoThread& io, KubeClient& kube, KubeSelection what, Reduce reduce, KubeFeed::Settings settings = KubeFeed::Settings{})
        : reduce_(std::move(reduce)), feed_(io, kube, std::move(what), listener(), settings) {}
    KubeWatch(const KubeWatch&) = delete;
    KubeWatch& operator=(const KubeWatch&) = delete;

    /// Null: there is none, or nothing is known yet.
    [[nodiscard]] const Item* find(const std::string& key) const {
        const auto found = items_.find(key);
        return found == items_.end() ? nullptr : &found->second;
    }
    template <class Each>
    void each(const Each& tell) const {
        for (const auto& [key, item] : items_) tell(key, item);
    }
    [[nodiscard]] std::size_t size() const { return items_.size(); }

    /// Whether all that there is was listed once.
    [[nodiscard]] bool listed() const { return listed_; }
    /// Why nothing is heard of changes at present; absent: what is known is what there is.
    [[nodiscard]] const std::optional<Error>& trouble() const { return trouble_; }
    /// Objects that could not be reduced, counted at each try, and the last reason.
    [[nodiscard]] std::uint64_t unreadable() const { return unreadable_; }
    [[nodiscard]] const std::string& last_unreadable() const { return last_unreadable_; }

    [[nodiscard]] Subscription on_change(Heard heard) {
        auto subscriber = std::make_shared<Heard>(std::move(heard));
        subscribers_.push_back(subscriber);
        return subscriber;
    }

private:
    static constexpr std::size_t kMostGone = 10'000;

    static std::string key_of(const KubeObject& object) { return object.ns.empty() ? object.name : object.ns + "/" + object.name; }

    KubeFeed::Listener listener() {
        return {[this] { list_begins(); },
                [this](const KubeObject& object) { there(object); },
                [this](const KubeObject& object) { removed(object); },
                [this] { list_ends(); },
                [this] { trouble_.reset(); },
                [this](const Error& why) { trouble_ = why; }};
    }

    void list_begins() {
        listing_ = true;
        in_list_.clear();
    }

    /// Those that the list did not name are gone.
    void list_ends() {
        std::vector<std::string> gone;
        for (const auto& [key, item] : items_) {
            if (!in_list_.contains(item.uid)) gone.push_back(key);
        }
        for (const auto& key : gone) take_out(items_.find(key));
        listing_ = false;
        in_list_ = {};
        gone_.clear();
        listed_ = true;
        trouble_.reset();
    }

    void there(const KubeObject& object) {
        const auto uid = hash_of(object.uid);
        if (listing_) in_list_.insert(uid);
        else if (gone_.contains(uid)) return;
        const auto key = key_of(object);
        auto at = items_.find(key);
        // A list is the truth, whatever its versions; an event may be late.
        const bool late = at != items_.end() && object.version != 0 &&
                          (listing_ ? object.version == at->second.version && uid == at->second.uid : object.version <= at->second.version);
        if (late) return;
        auto value = reduce_(object.json);
        if (!value) {
            ++unreadable_;
            last_unreadable_ = key + ": " + value.error().message;
            return;
        }
        if (at != items_.end() && at->second.uid != uid) {
            take_out(at);
            at = items_.end();
        }
        Item now{uid, object.version, std::move(*value)};
        if (at == items_.end()) {
            at = items_.emplace(key, std::move(now)).first;
            return tell({at->first, nullptr, &at->second});
        }
        const Item before = std::exchange(at->second, std::move(now));
        tell({at->first, &before, &at->second});
    }

    /// The removal of one that was made anew since is late.
    void removed(const KubeObject& object) {
        const auto uid = hash_of(object.uid);
        if (gone_.size() >= kMostGone) gone_.clear();
        gone_.insert(uid);
        const auto at = items_.find(key_of(object));
        if (at != items_.end() && at->second.uid == uid) take_out(at);
    }

    void take_out(typename std::unordered_map<std::string, Item>::iterator at) {
        const auto taken = items_.extract(at);
        tell({taken.key(), &taken.mapped(), nullptr});
    }

    void tell(const Change& change) {
        std::erase_if(subscribers_, [](const auto& subscriber) { return subscriber.expired(); });
        // Who hears may subscribe or go.
        for (const auto& weak : std::vector(subscribers_)) {
            if (const auto heard = weak.lock()) (*heard)(change);
        }
    }

    Reduce reduce_;
    std::unordered_map<std::string, Item> items_;
    std::unordered_set<std::uint64_t> in_list_;  // UIDs that the list on its way named
    std::unordered_set<std::uint64_t> gone_;     // UIDs, which are never used again, since the last list
    std::vector<std::weak_ptr<Heard>> subscribers_;
    std::optional<Error> trouble_;
    std::string last_unreadable_;
    std::uint64_t unreadable_ = 0;
    bool listing_ = false;
    bool listed_ = false;
    KubeFeed feed_;  // the last: it tells of nothing before the others are there, nor after they are gone
};

}  // namespace setpoint
