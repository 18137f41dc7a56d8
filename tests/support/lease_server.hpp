// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "clients/lease_election.hpp"

namespace setpoint::test {

/// One Lease as a server has it, and what the server checks: a replacement finds the version that it was made of.
class LeaseServer {
public:
    std::optional<nlohmann::json> lease;

    using Kind = LeaseElection::Order::Kind;

    Result<LeaseRecord> answer(const LeaseElection::Order& order) {
        if (order.kind == Kind::read) return lease ? read_lease(lease->dump()) : fail(Errc::no_data, "there is none");
        auto body = nlohmann::json::parse(order.body);
        if (order.kind == Kind::create && lease) return fail(Errc::conflict, "it exists");
        if (order.kind == Kind::replace && !lease) return fail(Errc::no_data, "there is none");
        if (order.kind == Kind::replace && body["metadata"]["resourceVersion"] != (*lease)["metadata"]["resourceVersion"]) {
            return fail(Errc::conflict, "it was changed");
        }
        body["metadata"]["resourceVersion"] = std::to_string(++version_);
        lease = body;
        return read_lease(lease->dump());
    }
    void put(const std::string& holder, const std::string& renewed, nlohmann::json duration = 15) {
        lease = {{"kind", "Lease"},
                 {"metadata", {{"resourceVersion", std::to_string(++version_)}, {"labels", {{"team", "shop"}}}}},
                 {"spec", {{"holderIdentity", holder}, {"renewTime", renewed}, {"leaseDurationSeconds", std::move(duration)}, {"leaseTransitions", 7}}}};
    }
    [[nodiscard]] std::string holder() const { return (*lease)["spec"]["holderIdentity"]; }

private:
    int version_ = 0;
};

}  // namespace setpoint::test
