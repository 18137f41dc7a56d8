// SPDX-License-Identifier: Apache-2.0
#include "core/board.hpp"

#include <catch2/catch.hpp>
#include <limits>

using namespace setpoint;
using namespace std::chrono_literals;

namespace {

Time at(Duration since_start) { return at_unix(1'700'000'000) + since_start; }

Sample scalar(double value, Time measured, Duration window = {}) {
    Sample sample;
    sample.kind = SampleKind::scalar;
    sample.value = value;
    sample.measured = measured;
    sample.window = window;
    return sample;
}

}  // namespace

TEST_CASE("the mean ready count weighs each count with the time it held", "[board]") {
    ReadyHistory ready;
    ready.set(at(0s), 4);
    ready.set(at(60s), 8);
    CHECK(ready.mean(at(60s), 60s) == 4);
    CHECK(ready.mean(at(120s), 60s) == 8);
    CHECK(ready.mean(at(80s), 60s) == Approx((40 * 4 + 20 * 8) / 60.0));
    CHECK(ready.mean(at(70s), 0s) == 8);
}

TEST_CASE("before the first known count the first one holds", "[board]") {
    ReadyHistory ready;
    CHECK(ready.mean(at(0s), 60s) == 0);
    ready.set(at(0s), 3);
    CHECK(ready.mean(at(-10s), 60s) == 3);
    CHECK(ready.mean(at(0s), 60s) == 3);
}

TEST_CASE("a value that is not finite leaves the last valid one in place", "[board]") {
    ReadyHistory ready;
    ready.set(at(0s), 3);
    SignalRecord record;
    record.take(scalar(5, at(10s)), at(10s), ready);
    const double bad = GENERATE(std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity());
    record.take(scalar(bad, at(20s)), at(20s), ready);
    CHECK(record.value() == 5);
    CHECK(record.trouble() == SignalRecord::Trouble::not_finite);
}

TEST_CASE("a pod whose value is not finite is missing, alone", "[board]") {
    const ReadyHistory ready;
    const double bad = GENERATE(std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity());
    SignalRecord record;
    Sample sample{.kind = SampleKind::pods, .measured = at(10s)};
    sample.pods = {{PodId{1}, 0.5, at(10s), 30s}, {PodId{2}, bad, at(10s), 30s}, {PodId{3}, 0.25, at(10s), 30s}};
    record.take(sample, at(10s), ready);
    CHECK(record.trouble() == SignalRecord::Trouble::none);
    REQUIRE(record.pods().size() == 2);
    CHECK(record.pods()[0].pod == PodId{1});
    CHECK(record.pods()[1].pod == PodId{3});
    // Where none has a number, the sample says nothing.
    sample.measured = at(20s);
    for (auto& pod : sample.pods) pod.value = bad;
    record.take(sample, at(20s), ready);
    CHECK(record.trouble() == SignalRecord::Trouble::not_finite);
    CHECK(record.pods().size() == 2);
}

TEST_CASE("a value below the least that there can be leaves the last valid one in place", "[board]") {
    const ReadyHistory ready;
    SignalRecord record;
    record.take(scalar(5, at(10s)), at(10s), ready, 0);
    record.take(scalar(-1, at(20s)), at(20s), ready, 0);
    CHECK(record.value() == 5);
    CHECK(record.trouble() == SignalRecord::Trouble::too_low);
    record.take(scalar(0, at(30s)), at(30s), ready, 0);
    CHECK(record.value() == 0);
    // Of pods it is that one's value which is missing.
    Sample sample{.kind = SampleKind::pods, .measured = at(40s)};
    sample.pods = {{PodId{1}, -3, at(40s), 30s}, {PodId{2}, 0.9, at(40s), 30s}};
    record.take(sample, at(40s), ready, 0);
    CHECK(record.trouble() == SignalRecord::Trouble::none);
    REQUIRE(record.pods().size() == 1);
    CHECK(record.pods()[0].pod == PodId{2});
}

TEST_CASE("a stamp a little ahead counts as now, one far ahead is bad", "[board]") {
    const ReadyHistory ready;
    SignalRecord record;
    record.take(scalar(5, at(30s)), at(0s), ready);
    CHECK(record.measured() == at(0s));
    record.take(scalar(6, at(41s)), at(10s), ready);
    CHECK(record.value() == 5);
    CHECK(record.trouble() == SignalRecord::Trouble::future);
}

TEST_CASE("a sample that is not newer is not a new sample", "[board]") {
    const ReadyHistory ready;
    SignalRecord record;
    record.take(scalar(5, at(0s)), at(0s), ready);
    record.take(scalar(7, at(0s)), at(5s), ready);
    record.take(scalar(7, at(-5s)), at(6s), ready);
    CHECK(record.value() == 5);
    CHECK(record.sequence() == 1);
}

TEST_CASE("the harmonic mean weighs what each replica bore", "[board]") {
    ReadyHistory ready;
    CHECK(ready.harmonic_mean(at(0s), 60s) == 0);
    ready.set(at(0s), 10);
    CHECK(ready.harmonic_mean(at(0s), 0s) == 10);
    ready.set(at(60s), 20);
    // Half a minute each: 60 s / (30 s / 10 + 30 s / 20).
    CHECK_THAT(ready.harmonic_mean(at(90s), 60s), Catch::Matchers::WithinAbs(40.0 / 3, 1e-9));
    CHECK_THAT(ready.harmonic_mean(at(120s), 60s), Catch::Matchers::WithinAbs(20, 1e-9));
    ready.set(at(120s), 0);
    CHECK_THAT(ready.harmonic_mean(at(150s), 60s), Catch::Matchers::WithinAbs(20, 1e-9));
    CHECK(ready.harmonic_mean(at(200s), 60s) == 0);
}
