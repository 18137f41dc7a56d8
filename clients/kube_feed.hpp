// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "clients/io_thread.hpp"
#include "clients/kube_client.hpp"
#include "clients/kube_objects.hpp"
#include "core/result.hpp"

namespace setpoint {

/// Follows objects of one kind: lists them, watches from there, goes on where a watch ended, and lists anew where that is
/// not possible: after 410, after a change that could not be read, and when the server fell silent, bookmarks included.
/// It keeps nothing of the objects. Everything on the I/O thread; the listener may end the feed's owner only later.
class KubeFeed {
public:
    struct Listener {
        std::function<void()> list_begins;                    // what is not told of until it ends is gone
        std::function<void(const KubeObject&)> there;         // by a list or a change
        std::function<void(const KubeObject&)> removed;
        std::function<void()> list_ends;
        std::function<void()> follows;                        // a watch began: nothing is missed from the last list or change on
        std::function<void(const Error&)> lost;               // why nothing is heard until it follows again
    };
    struct Settings {
        Duration length = std::chrono::minutes{4};       // of one watch, up to a quarter more; then the next
        Duration silence = std::chrono::seconds{100};    // longer, and it is stalled: bookmarks come once a minute
        Duration list = std::chrono::seconds{30};        // the deadline of a page
        Duration first_pause = std::chrono::seconds{1};  // after a failure; doubles, with jitter
        Duration longest_pause = std::chrono::seconds{30};
    };

    KubeFeed(IoThread& io, KubeClient& kube, KubeSelection what, Listener listener, Settings settings);
    KubeFeed(IoThread& io, KubeClient& kube, KubeSelection what, Listener listener);
    /// Nothing is told any more once this returns.
    ~KubeFeed();
    KubeFeed(const KubeFeed&) = delete;
    KubeFeed& operator=(const KubeFeed&) = delete;

private:
    class State;
    IoThread& io_;
    std::shared_ptr<State> state_;
};

}  // namespace setpoint
