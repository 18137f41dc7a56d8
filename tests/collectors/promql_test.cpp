// SPDX-License-Identifier: Apache-2.0
#include "collectors/promql.hpp"

#include <catch2/catch.hpp>

namespace setpoint {

using namespace std::chrono_literals;

TEST_CASE("a selector alone is told from an expression", "[promql]") {
    for (const auto* bare : {"up", " up ", "job:rps:sum", "up{job=\"a\"}", "{__name__=\"up\"}", "queue{name='a)b}'}", "up {job=\"a\"} # one"}) {
        CAPTURE(bare);
        CHECK(is_bare_selector(bare));
    }
    for (const auto* other : {"", "1", "sum(up)", "up * 2", "up[1m]", "up offset 5m", "up{a=\"b\"} or down", "rate(x_total[1m])", "-up",
                              "up{job=\"a\"} + up{job=\"b\"}"}) {
        CAPTURE(other);
        CHECK_FALSE(is_bare_selector(other));
    }
}

TEST_CASE("the span that a query averages over is its longest range", "[promql]") {
    CHECK(longest_range("sum(rate(x_total[1m]))") == 60s);
    CHECK(longest_range("rate(a[30s]) / rate(b[1h30m])") == 5400s);
    CHECK(longest_range("max_over_time(rate(a[1m])[10m:30s])") == 600s);
    CHECK(longest_range("rate(a[500ms])") == 500ms);
    CHECK(longest_range("up") == std::nullopt);
    CHECK(longest_range("up{job=\"[5m]\"}") == std::nullopt);
    CHECK(longest_range("rate(a[$__interval])") == std::nullopt);
    CHECK(longest_range("rate(a[5m") == std::nullopt);
}

}  // namespace setpoint
