// SPDX-License-Identifier: Apache-2.0
#include "collectors/kubelet_reading.hpp"

#include <catch2/catch.hpp>

#include "core/units.hpp"

namespace setpoint {
namespace {

constexpr const char* kLabels = R"({container="web",namespace="shop",pod="cart-1"})";

KubeletReading read(const std::string& text) { return parse_kubelet_reading(text).value(); }

KubeletContainer web(const std::string& text) { return read(text).at("shop/cart-1").at("web"); }
KubeletContainer cpu(const std::string& rest) { return web("container_cpu_usage_seconds_total" + std::string{kLabels} + rest + "\n"); }
KubeletContainer memory(const std::string& rest) { return web("container_memory_working_set_bytes" + std::string{kLabels} + rest + "\n"); }

std::string why_not(const std::string& text) {
    const auto reading = parse_kubelet_reading(text);
    REQUIRE_FALSE(reading);
    CHECK(reading.error().code == Errc::bad_reply);
    return reading.error().message;
}

}  // namespace

TEST_CASE("a kubelet's text gives each container's counts and their times", "[kubelet_reading]") {
    const auto reading = read(
        "# HELP container_cpu_usage_seconds_total [ALPHA] Cumulative cpu time consumed by the container in core-seconds\n"
        "# TYPE container_cpu_usage_seconds_total counter\n"
        "container_cpu_usage_seconds_total{container=\"web\",namespace=\"shop\",pod=\"cart-1\"} 12.345678 1764064800250\n"
        "container_cpu_usage_seconds_total{container=\"proxy\",namespace=\"shop\",pod=\"cart-1\"} 1e+06 1764064800000\n"
        "container_memory_working_set_bytes{container=\"web\",namespace=\"shop\",pod=\"cart-1\"} 6.7108864e+07 1764064799000\n"
        "container_start_time_seconds{container=\"web\",namespace=\"shop\",pod=\"cart-1\"} 1.7640600005e+09 1764060000500\n"
        "\n"
        "node_cpu_usage_seconds_total 5000.5 1764064800000\n"
        "pod_cpu_usage_seconds_total{namespace=\"shop\",pod=\"cart-1\"} 13 1764064800000\n"
        "scrape_error 0\n");
    REQUIRE(reading.size() == 1);
    const auto& pod = reading.at("shop/cart-1");
    REQUIRE(pod.size() == 2);
    CHECK(pod.at("web").cpu == KubeletContainer::Count{12.345678, *parse_time("2025-11-25T10:00:00.250Z")});
    CHECK(pod.at("web").memory == KubeletContainer::Count{67'108'864, *parse_time("2025-11-25T09:59:59Z")});
    CHECK(pod.at("web").began == 1'764'060'000.5);
    CHECK(pod.at("web").wrong.empty());
    CHECK(pod.at("proxy").cpu->value == 1'000'000);
    CHECK_FALSE(pod.at("proxy").memory);
    CHECK_FALSE(pod.at("proxy").began);
}

TEST_CASE("labels may come in any order, with spaces and escapes", "[kubelet_reading]") {
    const auto reading = read("container_cpu_usage_seconds_total{ pod = \"a\\\"}\\\\b\", namespace=\"n\",container=\"c\" , } 1 1764064800000\r\n");
    CHECK(reading.at("n/a\"}\\b").at("c").cpu->value == 1);
}

TEST_CASE("a value that makes no sense is absent, and said", "[kubelet_reading]") {
    const auto wrong = [](const std::string& value) {
        const auto read = cpu(" " + value + " 1764064800000");
        CHECK_FALSE(read.cpu);
        return read.wrong;
    };
    for (const auto* value : {"-1", "NaN", "+Inf", "inf", "1e15", "twelve", "0x10", "1,5", "1e999"}) {
        CHECK(wrong(value) == "container_cpu_usage_seconds_total of container 'web' is '" + std::string{value} + "'");
    }
    CHECK(wrong(std::string(400, '9')).size() < 160);
    CHECK_FALSE(memory(" 1125899906842625 1764064800000").memory);  // a byte above 1 PiB
    CHECK(memory(" 1125899906842624 1764064800000").memory);
    CHECK(cpu(" 0 1764064800000").cpu->value == 0);
}

TEST_CASE("a value without a time that makes sense is absent, and said", "[kubelet_reading]") {
    CHECK(cpu(" 1").wrong == "container_cpu_usage_seconds_total of container 'web' has no time");
    for (const auto* time : {"0", "-5", "1764064800.5", "soon", "99999999999999999999", "253402300799001"}) {
        const auto read = cpu(" 1 " + std::string{time});
        CHECK_FALSE(read.cpu);
        CHECK(read.wrong == "container_cpu_usage_seconds_total of container 'web' has the time '" + std::string{time} + "'");
    }
}

TEST_CASE("what is wrong with one value leaves the others alone", "[kubelet_reading]") {
    const auto labels = std::string{kLabels};
    const auto read = web("container_cpu_usage_seconds_total" + labels + " NaN 1764064800000\ncontainer_memory_working_set_bytes" + labels + " 5 1764064800000\n");
    CHECK_FALSE(read.cpu);
    CHECK(read.memory->value == 5);
}

TEST_CASE("of a container that is named twice the newest counts", "[kubelet_reading]") {
    const auto line = "container_cpu_usage_seconds_total" + std::string{kLabels};
    CHECK(web(line + " 9 1764064800000\n" + line + " 1 1764064801000\n").cpu->value == 1);
    CHECK(web(line + " 1 1764064801000\n" + line + " 9 1764064800000\n").cpu->value == 1);
    CHECK(web(line + " 1 1764064801000\n" + line + " 9 1764064801000\n").cpu->value == 1);
}

TEST_CASE("a series that names no container is nobody's", "[kubelet_reading]") {
    CHECK(read("container_cpu_usage_seconds_total{pod=\"a\",namespace=\"n\"} 1 1764064800000\ncontainer_cpu_usage_seconds_total 1 1764064800000\n").empty());
    CHECK(read("").empty());
}

TEST_CASE("what is no such text is refused, with the line", "[kubelet_reading]") {
    const std::string good = "scrape_error 0\n";
    CHECK(why_not("<html>\n") == "its answer makes no sense: line 1 is '<html>'");
    CHECK(why_not(good + "{\"kind\":\"Status\"}\n") == "its answer makes no sense: line 2 is '{\"kind\":\"Status\"}'");
    for (const auto* line : {"a", "a{", "a{b}", "a{b=} 1", "a{b=\"c} 1", "a{b=\"c\\", "a{b=\"c\"", "a{b=\"c\" d=\"e\"} 1", "a 1 2 3", "1 2", "a{=\"c\"} 1", "a{b=\"c\"}", "   "}) {
        CHECK(why_not(good + line + "\n") == "its answer makes no sense: line 2 is '" + std::string{line} + "'");
    }
    CHECK(why_not("a\x1b\x07 1 \xff 3 4\n") == "its answer makes no sense: line 1 is 'a   1   3 4'");
}

TEST_CASE("a text that was cut off is refused", "[kubelet_reading]") {
    const auto line = "container_cpu_usage_seconds_total" + std::string{kLabels} + " 123.5 1764064800000\n";
    // Cut within the number it would be another one.
    for (std::size_t length = 1; length < line.size(); ++length) CHECK(why_not(line.substr(0, length)).find("it ends within line 1") != std::string::npos);
    CHECK(read(line).size() == 1);
}

TEST_CASE("a text has bounds", "[kubelet_reading]") {
    CHECK(why_not("a{b=\"" + std::string(5000, 'x') + "\"} 1\n") == "its answer makes no sense: line 1 is longer than 4096 bytes");
    std::string lines;
    for (int i = 0; i <= 200'000; ++i) lines += "a 1\n";
    CHECK(why_not(lines) == "its answer makes no sense: it has more than 200000 lines");
    std::string labels = "a{";
    for (int i = 0; i < 65; ++i) labels += "b=\"c\",";
    CHECK(why_not(labels + "} 1\n").find("line 1") != std::string::npos);
    std::string containers;
    for (int i = 0; i <= 20'000; ++i) containers += "container_start_time_seconds{container=\"" + std::to_string(i) + "\",namespace=\"n\",pod=\"p\"} 1\n";
    CHECK(why_not(containers) == "its answer makes no sense: it has more than 20000 containers");
}

}  // namespace setpoint
