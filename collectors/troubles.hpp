// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "core/ids.hpp"
#include "core/result.hpp"

namespace setpoint {

/// Why a signal has no value, or not all of it.
struct Trouble {
    std::string kind;  // troubles of one kind are one, however their words and numbers differ
    Error error;
};

/// Tells of a signal's trouble when it begins, when it becomes another one, and when it is over. Only on the I/O thread.
class Troubles {
public:
    /// Nothing: it is over.
    using Told = std::function<void(SignalId, const std::optional<Error>&)>;

    explicit Troubles(Told told) : told_(std::move(told)) {}

    void now(SignalId signal, const std::optional<Trouble>& trouble) {
        auto& last = last_[signal];
        const auto kind = trouble ? trouble->kind : std::string{};
        if (std::exchange(last, kind) == kind || !told_) return;
        told_(signal, trouble ? std::optional{trouble->error} : std::nullopt);
    }

private:
    const Told told_;
    std::map<SignalId, std::string> last_;
};

}  // namespace setpoint
