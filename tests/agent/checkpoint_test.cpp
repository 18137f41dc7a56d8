// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "agent/journal/checkpoint.hpp"
#include "agent/journal/decision_digest.hpp"
#include "core/codec.hpp"
#include "tests/agent/journal_run.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace setpoint;
using namespace std::chrono_literals;

namespace {

Reducer configured() {
    Reducer reducer;
    (void)reducer.reduce({Time{}, *configuration(RandomEvents::specs(), RandomEvents::guards())});
    return reducer;
}

/// A reducer that has seen much.
Reducer experienced() {
    Reducer reducer = configured();
    RandomEvents events{11};
    for (int i = 0; i < 3'000; ++i) {
        const Event event = events.next();
        if (!std::holds_alternative<ConfigSet>(event.body)) (void)reducer.reduce(event);
    }
    return reducer;
}

Errc code_of(const std::filesystem::path& path) {
    const auto loaded = load_checkpoint(path);
    REQUIRE(!loaded);
    return loaded.error().code;
}

}  // namespace

TEST_CASE("a restored reducer decides as the one that was saved", "[checkpoint]") {
    const TemporaryFolder folder;
    const auto path = folder.path() / "checkpoint";
    Reducer before = experienced();
    const Time now{std::chrono::hours{24 * 365 * 55} + 3h};
    REQUIRE(save_checkpoint(path, take_checkpoint(now, before)));
    REQUIRE(save_checkpoint(path, take_checkpoint(now, before)));  // in place of the first

    const auto loaded = load_checkpoint(path);
    REQUIRE(loaded);
    CHECK(loaded->time == now);
    Reducer after = configured();
    const auto restored = restore(*loaded, after);
    CHECK(restored.policies == 4);
    CHECK(restored.unreadable.empty());
    CHECK(!loaded->guards.empty());
    CHECK(take_checkpoint(now, after).guards == loaded->guards);
    for (std::uint32_t target = 0; target < 4; ++target) {
        const Event tick{now, Tick{TargetId{target}, WallTime{now.time_since_epoch()}}};
        CHECK(digest(*before.reduce(tick)) == digest(*after.reduce(tick)));
    }
    CHECK(!std::filesystem::exists(folder.path() / "checkpoint.new"));
}

TEST_CASE("state goes to the policy of the same name", "[checkpoint]") {
    Reducer before = experienced();
    const auto checkpoint = take_checkpoint(Time{}, before);
    Reducer after;
    auto specs = RandomEvents::specs();
    specs = {specs[2], specs[0]};
    specs[1].name_space = "elsewhere";  // not the one that was saved
    (void)after.reduce({Time{}, *configuration(specs, RandomEvents::guards())});
    CHECK(restore(checkpoint, after).policies == 1);
    CHECK(take_checkpoint(Time{}, after).policies[0].state == checkpoint.policies[2].state);
}

TEST_CASE("state that makes no sense leaves its policy as new, and the others are filled", "[checkpoint]") {
    Reducer before = experienced();
    auto checkpoint = take_checkpoint(Time{}, before);
    checkpoint.policies[1].state.resize(checkpoint.policies[1].state.size() / 2);
    Reducer after = configured();
    const auto untouched = take_checkpoint(Time{}, after).policies[1].state;
    const auto restored = restore(checkpoint, after);
    CHECK(restored.policies == 3);
    CHECK(restored.unreadable == std::vector{checkpoint.policies[1].name});
    CHECK(take_checkpoint(Time{}, after).policies[1].state == untouched);
    CHECK(take_checkpoint(Time{}, after).policies[0].state == checkpoint.policies[0].state);
}

TEST_CASE("a checkpoint says in whose turn it was written, and whether anything was after it", "[checkpoint]") {
    Checkpoint checkpoint;
    CHECK_FALSE(decode_checkpoint(encode(checkpoint))->term);
    CHECK_FALSE(decode_checkpoint(encode(checkpoint))->last);
    checkpoint.term = 7;
    checkpoint.last = true;
    CHECK(decode_checkpoint(encode(checkpoint))->term == 7);
    CHECK(decode_checkpoint(encode(checkpoint))->last);
}

TEST_CASE("a checkpoint that is missing, torn, damaged or newer is told apart", "[checkpoint]") {
    const TemporaryFolder folder;
    const auto path = folder.path() / "checkpoint";
    CHECK(code_of(path) == Errc::no_data);
    CHECK(code_of(folder.path()) == Errc::io);

    Reducer reducer = configured();
    const auto whole = encode(take_checkpoint(Time{1000s}, reducer));
    REQUIRE(decode_checkpoint(whole));
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const auto read = decode_checkpoint(std::string_view{whole}.substr(0, size));
        if (read || read.error().code != Errc::bad_reply) FAIL("torn at byte " << size);
    }
    for (std::size_t at = 0; at < whole.size(); ++at) {
        auto bytes = whole;
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << (at % 8)));
        if (decode_checkpoint(bytes)) FAIL("flipped byte " << at);
    }
    auto newer = whole;
    newer[8] = 2;
    write_file(path, newer);
    CHECK(code_of(path) == Errc::refused);
    write_file(path, "");
    CHECK(code_of(path) == Errc::bad_reply);
    write_file(path, "kind: ScalingPolicy\n");
    CHECK(code_of(path) == Errc::bad_reply);
}

TEST_CASE("a checkpoint that cannot be written leaves the one before", "[checkpoint]") {
    const TemporaryFolder folder;
    Reducer reducer = configured();
    const auto saved = save_checkpoint(folder.path() / "absent" / "checkpoint", take_checkpoint(Time{}, reducer));
    REQUIRE(!saved);
    CHECK(saved.error().code == Errc::io);
}

TEST_CASE("what is learnt of a policy stays small", "[checkpoint]") {
    Reducer reducer = experienced();
    for (const auto& policy : take_checkpoint(Time{}, reducer).policies) {
        INFO(policy.name);
        CHECK(policy.state.size() <= 4096);
    }
}
