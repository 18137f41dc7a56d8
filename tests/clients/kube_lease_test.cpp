// SPDX-License-Identifier: Apache-2.0
#include "clients/kube_lease.hpp"

#include <catch2/catch.hpp>
#include <future>
#include <nlohmann/json.hpp>

#include "../support/fake_kube.hpp"

namespace setpoint::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

std::string lease_of(const std::string& holder, int transitions = 0) {
    return json{{"kind", "Lease"},
                {"metadata", {{"resourceVersion", "1"}}},
                {"spec", {{"holderIdentity", holder}, {"leaseDurationSeconds", 15}, {"leaseTransitions", transitions}}}}
        .dump();
}

}  // namespace

TEST_CASE("a Lease is read, made, held and let go", "[lease]") {
    IoThread io;
    const Clock clock;
    FakeKube kube{io, {{404, "{}"}, {201, lease_of("a", 4)}, {200, lease_of("")}}};
    KubeLease lease{io, kube.client(), clock, {"shop", "setpoint", "a"}};
    CHECK(lease.may_write().error().message == "this agent may not write: it does not hold the Lease shop/setpoint");
    std::promise<std::uint64_t> leads;
    lease.begin({[](bool, const std::string&) {}, [&](std::uint64_t term) { leads.set_value(term); }, [](const std::string&) {}});
    CHECK(leads.get_future().get() == 4);
    CHECK(lease.may_write());
    lease.release(20s);
    CHECK_FALSE(lease.may_write());
    const auto asked = kube.asked(3);
    REQUIRE(asked.size() == 3);
    CHECK(asked[0].target == "/prefix/apis/coordination.k8s.io/v1/namespaces/shop/leases/setpoint");
    CHECK(asked[1].method + " " + asked[1].target == "POST /prefix/apis/coordination.k8s.io/v1/namespaces/shop/leases");
    CHECK(asked[2].method + " " + asked[2].target == "PUT /prefix/apis/coordination.k8s.io/v1/namespaces/shop/leases/setpoint");
    CHECK(json::parse(asked[2].body)["spec"]["holderIdentity"] == "");
}

TEST_CASE("a standby says once who holds the Lease, and has nothing to let go", "[lease]") {
    IoThread io;
    const Clock clock;
    FakeKube kube{io, {{200, lease_of("b")}, {200, lease_of("b")}}};
    KubeLease lease{io, kube.client(), clock, {"shop", "setpoint", "a", 150ms}};
    std::vector<std::string> said;
    lease.begin({[&](bool, const std::string& why) { said.push_back(why); }, [](std::uint64_t) {}, [](const std::string&) {}});
    CHECK(kube.asked(3).size() == 3);
    io.run([&] { CHECK(said == std::vector<std::string>{"b holds the Lease shop/setpoint"}); });
}

TEST_CASE("who loses the Lease says why, and leads again once it can", "[lease]") {
    IoThread io;
    const Clock clock;
    FakeKube kube{io, {{404, "{}"}, {201, lease_of("a")}, {409, "{}"}, {200, lease_of("b")}, {200, lease_of("")}, {200, lease_of("a")}}};
    KubeLease lease{io, kube.client(), clock, {"shop", "setpoint", "a", 300ms}};
    std::promise<void> leads_again;
    std::vector<std::string> told;
    lease.begin({[&](bool, const std::string& why) { told.push_back("waits: " + why); },
                 [&](std::uint64_t) {
                     told.push_back("leads");
                     if (told.size() == 4) leads_again.set_value();
                 },
                 [&](const std::string& why) { told.push_back("lost: " + why); }});
    leads_again.get_future().get();
    io.run([&] {
        CHECK(told == std::vector<std::string>{"leads", "lost: b took the Lease shop/setpoint", "waits: b holds the Lease shop/setpoint", "leads"});
    });
}

TEST_CASE("what was never begun is let go at once", "[lease]") {
    IoThread io;
    const Clock clock;
    FakeKube kube{io, {}};
    KubeLease lease{io, kube.client(), clock, {"shop", "setpoint", "a"}};
    lease.release(20s);
    CHECK(kube.asked(0).empty());
}

}  // namespace setpoint::test
