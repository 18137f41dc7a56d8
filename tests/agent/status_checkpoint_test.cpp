// SPDX-License-Identifier: Apache-2.0
#include "agent/live/status_checkpoint.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "clients/base64.hpp"

using namespace setpoint;
using namespace std::chrono_literals;
using Catch::Contains;

namespace {

StatusCheckpoint cart() { return {"shop", "cart", Time{5s}, WallTime{1'700'000'000s}, std::string{"state\0with zero", 15}}; }

Error refusal(const std::string& text) { return read_status_checkpoint(text, "shop", "cart").error(); }

}  // namespace

TEST_CASE("a status keeps a checkpoint as text", "[status_checkpoint]") {
    const auto read = read_status_checkpoint(encode(cart()), "shop", "cart");
    REQUIRE(read);
    CHECK(read->state == cart().state);
    CHECK(read->time == Time{5s});
    CHECK(read->wall == WallTime{1'700'000'000s});
}

TEST_CASE("the largest checkpoint fits into 4 KiB, and its text into what the CRD allows", "[status_checkpoint]") {
    const StatusCheckpoint largest{std::string(63, 'n'), std::string(63, 'p'), Time{Duration::max()}, WallTime{1'700'000'000s}, std::string(StatusCheckpoint::kForState, 'x')};
    const auto text = encode(largest);
    CHECK(text.size() <= 5464);
    CHECK(read_status_checkpoint(text, largest.name_space, largest.name));
}

TEST_CASE("a checkpoint that is absent, bad, too large, newer or another's is told apart", "[status_checkpoint]") {
    CHECK(refusal("").code == Errc::no_data);
    CHECK(refusal("no base64!").code == Errc::bad_reply);
    CHECK(refusal("AAAA").code == Errc::bad_reply);
    auto bytes = *from_base64(encode(cart()));
    auto damaged = bytes;
    damaged.back() ^= 1;
    CHECK_THAT(refusal(base64(damaged)).message, Contains("checksum"));
    CHECK(refusal(base64(bytes.substr(0, bytes.size() - 3))).code == Errc::bad_reply);
    auto newer = bytes;
    newer[0] = 2;
    CHECK(refusal(base64(newer)).code == Errc::refused);
    CHECK_THAT(refusal(base64(newer)).message, Contains("version 2 is newer"));
    CHECK_THAT(refusal(base64(std::string(5000, 'x'))).message, Contains("larger than 4096 bytes"));
    const auto other = read_status_checkpoint(encode(cart()), "test", "cart");
    CHECK(other.error().code == Errc::refused);
    CHECK(other.error().message == "it is of the policy shop/cart");
}
