// SPDX-License-Identifier: Apache-2.0
#include "core/codec.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/board.hpp"
#include "core/events.hpp"

using namespace setpoint;
using namespace std::chrono_literals;

namespace {

template <class T>
std::string encoded(T value) {
    std::string bytes;
    Encoder encoder{bytes};
    bind(encoder, value);
    return bytes;
}

template <class T>
T decoded(const std::string& bytes, T into = {}) {
    Decoder decoder{bytes};
    bind(decoder, into);
    REQUIRE(decoder.ok());
    return into;
}

enum class Colour : std::uint8_t { red, green };

struct Inner {
    std::optional<double> share;
    std::vector<std::int64_t> numbers;
    friend bool operator==(const Inner&, const Inner&) = default;
};

struct Outer {
    bool yes = false;
    std::int64_t whole = 0;
    std::uint64_t large = 0;
    double real = 0;
    Duration length{};
    Time moment{};
    std::string text;
    Colour colour = Colour::red;
    std::optional<Inner> inner;
    std::vector<Inner> many;
    std::map<std::string, Inner> named;
    friend bool operator==(const Outer&, const Outer&) = default;
};

void bind(Fields& fields, Inner& inner) {
    fields.state("share", inner.share);
    fields.state("numbers", inner.numbers);
}

void bind(Fields& fields, Outer& outer) {
    fields.state("yes", outer.yes);
    fields.state("whole", outer.whole);
    fields.state("large", outer.large);
    fields.state("real", outer.real);
    fields.state("length", outer.length);
    fields.state("moment", outer.moment);
    fields.state("text", outer.text);
    fields.state("colour", outer.colour);
    fields.state("inner", outer.inner);
    fields.state("many", outer.many);
    fields.state("named", outer.named);
}

/// Outer as a later version would have it: rows gone, rows new, rows in another order.
struct Later {
    std::string text;
    std::int64_t whole = 0;
    std::int64_t extra = 7;
    std::optional<Inner> unheard;
};

void bind(Fields& fields, Later& later) {
    fields.state("unheard", later.unheard);
    fields.state("text", later.text);
    fields.state("extra", later.extra);
    fields.state("whole", later.whole);
}

Outer full() {
    Outer outer;
    outer.yes = true;
    outer.whole = std::numeric_limits<std::int64_t>::min();
    outer.large = std::numeric_limits<std::uint64_t>::max();
    outer.real = -0.1;
    outer.length = -5ms;
    outer.moment = at_unix(1'700'000'000.25);
    outer.text = std::string("a\0b", 3);
    outer.colour = Colour::green;
    outer.inner = Inner{0.5, {1, -2, 3}};
    outer.many = {Inner{{}, {}}, Inner{1.0, {std::numeric_limits<std::int64_t>::max()}}};
    outer.named = {{"x", Inner{2.0, {}}}, {"y", Inner{{}, {4}}}};
    return outer;
}

}  // namespace

TEST_CASE("what was encoded reads back the same", "[codec]") {
    CHECK(decoded<Outer>(encoded(full())) == full());
    CHECK(decoded<Outer>(encoded(Outer{}), full()) == Outer{});  // lists and options are emptied
}

TEST_CASE("a number that is not finite keeps its bits", "[codec]") {
    Outer outer;
    outer.real = std::numeric_limits<double>::quiet_NaN();
    CHECK(std::isnan(decoded<Outer>(encoded(outer)).real));
    outer.real = -std::numeric_limits<double>::infinity();
    CHECK(decoded<Outer>(encoded(outer)).real == outer.real);
}

TEST_CASE("rows that a reader does not know are skipped, and those it misses keep their value", "[codec]") {
    const auto later = decoded<Later>(encoded(full()));
    CHECK(later.text == full().text);
    CHECK(later.whole == full().whole);
    CHECK(later.extra == 7);
    CHECK_FALSE(later.unheard.has_value());
    const auto earlier = decoded<Outer>(encoded(Later{"t", 3, 4, Inner{1.0, {2}}}));
    CHECK(earlier.text == "t");
    CHECK(earlier.whole == 3);
    CHECK(earlier.large == 0);
}

TEST_CASE("a row whose kind changed keeps its default", "[codec]") {
    struct Old {
        std::string whole = "twelve";
    };
    std::string bytes;
    Encoder encoder{bytes};
    Old old;
    encoder.state("whole", old.whole);
    CHECK(decoded<Outer>(bytes).whole == 0);
}

TEST_CASE("bytes cut off or damaged anywhere never read out of bounds", "[codec]") {
    const std::string bytes = encoded(full());
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        const std::string cut{bytes.data(), size};  // its own allocation: a sanitizer sees the end
        Decoder decoder{cut};
        Outer outer;
        bind(decoder, outer);
    }
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        for (const unsigned flip : {0x01U, 0x80U, 0xffU}) {
            std::string damaged = bytes;
            damaged[at] = static_cast<char>(static_cast<unsigned char>(damaged[at]) ^ flip);
            Decoder decoder{damaged};
            Outer outer;
            bind(decoder, outer);
            CHECK(outer.many.size() <= bytes.size());
        }
    }
}

TEST_CASE("a cut inside of a row is noticed", "[codec]") {
    Outer outer;
    outer.text = "a text of some length";
    const std::string bytes = encoded(outer);
    const auto end = bytes.find("length");
    REQUIRE(end != std::string::npos);
    Decoder decoder{std::string_view{bytes}.substr(0, end)};
    Outer cut;
    bind(decoder, cut);
    CHECK_FALSE(decoder.ok());
}

TEST_CASE("a count that cannot be true allocates nothing", "[codec]") {
    Inner inner;
    inner.numbers = {1};
    std::string bytes = encoded(inner);
    const auto count = bytes.size() - 6;  // count, tag, value
    REQUIRE(bytes[count] == 1);
    bytes[count] = 0x7f;
    Decoder decoder{bytes};
    Inner damaged;
    bind(decoder, damaged);
    CHECK_FALSE(decoder.ok());
    CHECK(damaged.numbers.empty());
}

TEST_CASE("events read back the same", "[codec]") {
    Sample sample{.target = TargetId{3},
                  .signal = SignalId{2},
                  .kind = SampleKind::pods,
                  .value = 0.25,
                  .measured = at_unix(100),
                  .window = 30s,
                  .pods = {{pod_id("a"), 0.5, at_unix(99), 30s}, {pod_id("b"), 0.75, at_unix(100), 15s}}};
    CHECK(encoded(decoded<Sample>(encoded(sample))) == encoded(sample));
    CHECK(decoded<Sample>(encoded(sample)).pods.at(1).pod == pod_id("b"));
    const TargetState state{TargetId{1}, 5, 4, 6};
    CHECK(decoded<TargetState>(encoded(state)).status == 6);
    PodDelta delta;
    delta.pod = {.id = pod_id("a"),
                 .name = "a",
                 .phase = PodPhase::pending,
                 .ready = false,
                 .started_at = at_unix(5),
                 .containers = 2};
    delta.pod.requests.cpu = 0.5;
    const auto pod = decoded<PodDelta>(encoded(delta)).pod;
    CHECK(pod.phase == PodPhase::pending);
    CHECK(pod.ready == false);
    CHECK(pod.started_at == at_unix(5));
    CHECK_FALSE(pod.ready_changed.has_value());
    CHECK(pod.requests == Resources{0.5, {}});
    const ApplyResult result{TargetId{1}, 9, 5, ApplyOutcome::refused, "quota"};
    CHECK(encoded(decoded<ApplyResult>(encoded(result))) == encoded(result));
    const OverrideSet pin{TargetId{1}, OverrideSet::Kind::pin, 7, at_unix(900), "incident"};
    CHECK(decoded<OverrideSet>(encoded(pin)).replicas == 7);
    CHECK(decoded<Tick>(encoded(Tick{TargetId{1}, WallTime{5s}})).wall == WallTime{5s});
}
