// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace setpoint {

/// An object in an answer; `json` is a part of the answer.
struct KubeObject {
    std::string ns;               // empty: of a kind without namespaces
    std::string name;
    std::string uid;
    std::uint64_t version = 0;    // grows with every change; 0 where the server's is no number
    std::string_view json;        // all of it
};

struct KubePage {
    std::string version;          // to watch from
    std::string more;             // the `continue` of the next page; empty: this was the last one
};

/// Tells of every object of a list. Objects without a name or a UID are `bad_reply`, as is what is no list.
[[nodiscard]] Result<KubePage> read_kube_page(const std::string& json, const std::function<void(const KubeObject&)>& each);

struct KubeEvent {
    enum class Kind : std::uint8_t { there, removed, bookmark };
    Kind kind = Kind::bookmark;
    KubeObject object;
    std::string version;          // to go on from
};

/// One line of a watch, which holds the object's text. `gone` and the other codes of KubeClient for an event that is an error.
[[nodiscard]] Result<KubeEvent> read_kube_event(const std::string& line);

}  // namespace setpoint
