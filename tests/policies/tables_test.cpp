// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <vector>

#include "policies/decision.hpp"
#include "policies/event.hpp"
#include "policies/loop.hpp"
#include "tests/support/rig.hpp"

using namespace setpoint;

namespace {

/// Walks a table and keeps the names of each structure by the hash that the codec writes (its upper 29 bits).
class NameWalk final : public Fields {
public:
    std::vector<std::string> collisions;
    std::size_t names = 0;

    void value(const Field& field, bool&) override { meet(field.name); }
    void value(const Field& field, std::int64_t&) override { meet(field.name); }
    void value(const Field& field, std::uint64_t&) override { meet(field.name); }
    void value(const Field& field, double&) override { meet(field.name); }
    void value(const Field& field, Duration&) override { meet(field.name); }
    void value(const Field& field, Time&) override { meet(field.name); }
    void value(const Field& field, std::string&) override { meet(field.name); }
    void one_of(const Field& field, std::size_t&, std::span<const std::string_view>) override { meet(field.name); }
    bool present(const Field&, bool) override { return true; }
    void open(const Field& field) override {
        meet(field.name);
        scopes_.emplace_back();
    }
    void close() override { scopes_.pop_back(); }
    std::size_t open_list(const Field& field, std::size_t, std::size_t) override {
        open(field);
        return 1;
    }
    void open_element(std::size_t) override {}
    void close_element() override {}
    void close_list() override { close(); }
    std::size_t open_map(const Field& field, std::size_t size, std::size_t limit) override {
        return open_list(field, size, limit);
    }
    void key(std::size_t, std::string&) override {}
    std::size_t choose(std::span<const Alternative> known, std::size_t) override {
        for (const auto& alternative : known) {
            open(Field{alternative.name});
            alternative.describe(*this);
            close();
        }
        return known.size();
    }
    bool shorthand(const Field&, std::string&) override { return false; }

private:
    void meet(std::string_view name) {
        ++names;
        const auto [known, fresh] = scopes_.back().try_emplace(static_cast<std::uint32_t>(hash_of(name)) >> 3, name);
        if (!fresh && known->second != name) collisions.push_back(known->second + " and " + std::string{name});
    }

    std::vector<std::map<std::uint32_t, std::string>> scopes_{1};
};

template <class T>
void walk(NameWalk& names) {
    T value{};
    names.open(Field{"walked"});
    bind(names, value);
    names.close();
}

}  // namespace

TEST_CASE("no two names of a structure look alike to the codec", "[codec]") {
    NameWalk names;
    walk<Sample>(names);
    walk<TargetState>(names);
    walk<PodDelta>(names);
    walk<ApplyResult>(names);
    walk<OverrideSet>(names);
    walk<Tick>(names);
    walk<ConfigSet>(names);
    walk<Decision>(names);
    auto spec = plain_spec();
    spec.policies.push_back({"", StepSettings{"queue", {{20, {}, "+20%", {}}}}});
    spec.policies.push_back({"", PidSettings{.signal = "queue", .setpoint = 10}});
    name_policies(spec);
    Loop loop{TargetId{0}, spec};
    loop.bind_state(names);
    CHECK(names.names > 150);
    CHECK(names.collisions == std::vector<std::string>{});
}
