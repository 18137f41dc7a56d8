// SPDX-License-Identifier: Apache-2.0
#include "clients/lease_record.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "clients/reply_json.hpp"
#include "core/units.hpp"

namespace setpoint {
namespace {

using namespace reply_json;

constexpr std::uint64_t kMost = std::numeric_limits<std::int32_t>::max();  // of the API's numbers

std::uint64_t number(const Json* value) { return std::min(count(value).value_or(0), kMost); }

/// The API wants six digits behind the point.
std::string micro_time(WallTime time) {
    const auto second = std::chrono::floor<std::chrono::seconds>(time);
    auto text = format_time(second);
    text.pop_back();
    const auto digits = std::to_string((time - second).count() + 1000);
    return text + "." + digits.substr(1) + "000Z";
}

void write(const LeaseTerm& term, Json& spec) {
    if (!spec.is_object()) spec = Json::object();
    spec["holderIdentity"] = term.holder;
    spec["leaseDurationSeconds"] = std::chrono::ceil<std::chrono::seconds>(term.duration).count();
    spec["renewTime"] = micro_time(term.now);
    spec["leaseTransitions"] = std::min(term.transitions, kMost);
    if (term.new_holder) spec["acquireTime"] = spec["renewTime"];
}

}  // namespace

Result<LeaseRecord> read_lease(std::string_view json) {
    const auto object = reply_json::read(json);
    if (!object) return tl::unexpected<Error>(object.error());
    if (text(member(*object, "kind")) != "Lease") return fail(Errc::bad_reply, "the answer is no Lease");
    // Without one, a replacement would be of whatever is there.
    if (text(member(*object, "metadata", "resourceVersion")).empty()) return fail(Errc::bad_reply, "the Lease has no resourceVersion");
    LeaseRecord lease;
    lease.holder = text(member(*object, "spec", "holderIdentity"));
    lease.duration = std::chrono::seconds{number(member(*object, "spec", "leaseDurationSeconds"))};
    lease.renewed = text(member(*object, "spec", "renewTime"));
    lease.transitions = number(member(*object, "spec", "leaseTransitions"));
    lease.document = json;
    return lease;
}

std::string new_lease(const std::string& ns, const std::string& name, const LeaseTerm& term) {
    Json lease{{"apiVersion", "coordination.k8s.io/v1"}, {"kind", "Lease"}, {"metadata", {{"namespace", ns}, {"name", name}}}};
    write(term, lease["spec"]);
    return lease.dump();
}

Result<std::string> renewed_lease(const LeaseRecord& before, const LeaseTerm& term) {
    auto lease = reply_json::read(before.document);
    if (!lease) return tl::unexpected<Error>(lease.error());
    write(term, (*lease)["spec"]);
    return lease->dump();
}

}  // namespace setpoint
