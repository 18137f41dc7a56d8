// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "core/time.hpp"

namespace setpoint {

/// A Lease (coordination.k8s.io/v1): who holds it and, as its renewals show, lives.
struct LeaseRecord {
    std::string holder;             // empty: nobody
    Duration duration{};            // for which each renewal holds; zero: it does not say
    std::string renewed;            // by the holder's clock, which may be wrong: told from others, never read
    std::uint64_t transitions = 0;  // how often it went from one holder to another
    std::string document;           // as it came, with the version that a replacement must find

    /// Whether nobody renewed or took it between these two.
    [[nodiscard]] bool same_term(const LeaseRecord& other) const {
        return holder == other.holder && duration == other.duration && renewed == other.renewed && transitions == other.transitions;
    }
};

/// What of the spec is missing or makes no sense counts as not there: such a Lease is held by nobody. `bad_reply`: it is no Lease.
[[nodiscard]] Result<LeaseRecord> read_lease(std::string_view json);

/// What a holder writes.
struct LeaseTerm {
    std::string holder;             // empty: it is let go
    Duration duration{};            // whole seconds
    WallTime now{};
    bool new_holder = false;
    std::uint64_t transitions = 0;
};
/// The first one of this name.
[[nodiscard]] std::string new_lease(const std::string& ns, const std::string& name, const LeaseTerm& term);
/// `before` with this term and all else as it is: who writes it finds out whether it was changed.
[[nodiscard]] Result<std::string> renewed_lease(const LeaseRecord& before, const LeaseTerm& term);

}  // namespace setpoint
