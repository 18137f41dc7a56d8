// SPDX-License-Identifier: Apache-2.0
#include "agent/documents/document.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <variant>

#include <unistd.h>

namespace setpoint {
namespace {

using namespace std::chrono_literals;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

const std::string kConfig = SETPOINT_TEST_DATA "/config";

std::string policy(const std::string& name) {
    return "apiVersion: setpoint.dev/v1alpha1\nkind: ScalingPolicy\nmetadata: { name: " + name +
           " }\nspec:\n  target: { docker: { label: app=" + name +
           " } }\n  replicas: { max: 10 }\n  signals: { cpu: cpu }\n  policies: [ { track: { signal: cpu, utilization: 70% } } ]\n";
}

/// A folder that goes when the test ends.
struct Folder {
    fs::path path;
    explicit Folder(const std::string& name) : path(fs::temp_directory_path() / ("setpoint-" + name + "-" + std::to_string(::getpid()))) {
        fs::create_directories(path);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() { fs::remove_all(path); }
    std::string write(const std::string& name, const std::string& text) const {
        std::ofstream{path / name, std::ios::binary} << text;
        return (path / name).string();
    }
};

/// A policy on the signal `cpu`, described so.
std::string policy_on(const std::string& signal, const std::string& track, const std::string& target = "kind: Deployment, name: web") {
    return "apiVersion: setpoint.dev/v1alpha1\nkind: ScalingPolicy\nmetadata: { name: web }\nspec:\n  target: { kubernetes: { " + target +
           " } }\n  replicas: { max: 10 }\n  signals: { cpu: " + signal + " }\n  policies: [ { track: { signal: cpu, " + track + " } } ]\n";
}

TEST_CASE("a signal of cpu or memory says what it is a share of", "[document]") {
    const auto limit = parse_documents(policy_on("{ cpu: { of: limit, container: app } }", "utilization: 70%"), "p.yaml");
    REQUIRE(limit.ok());
    CHECK(limit.policies[0].spec.signals[0].of == Basis::limit);
    CHECK(limit.policies[0].spec.signals[0].container == "app");
    const auto cores = parse_documents(policy_on("{ cpu: { of: cores } }", "averageValue: 500m"), "p.yaml");
    REQUIRE(cores.ok());
    CHECK(cores.policies[0].spec.signals[0].of == Basis::none);
    const auto bytes = parse_documents(policy_on("{ memory: { of: bytes } }", "averageValue: 1Gi"), "p.yaml");
    REQUIRE(bytes.ok());
    CHECK(bytes.policies[0].spec.signals[0].of == Basis::none);
    CHECK(parse_documents(policy_on("cpu", "utilization: 70%"), "p.yaml").policies[0].spec.signals[0].of == Basis::request);
}

TEST_CASE("what is no share, and shares of nothing, are refused", "[document]") {
    const auto complaint = [](const std::string& text) {
        const auto documents = parse_documents(text, "p.yaml");
        REQUIRE(documents.findings.size() == 1);
        return to_string(documents.findings[0]);
    };
    CHECK_THAT(complaint(policy_on("{ cpu: { of: bytes } }", "averageValue: 1")), Contains("signals.cpu.cpu.of") && Contains("request, limit, cores"));
    CHECK_THAT(complaint(policy_on("{ cpu: { of: cores } }", "utilization: 70%")), Contains("track.utilization") && Contains("'cpu' is absolute: use averageValue"));
}

TEST_CASE("which pods go first is said of workloads that can be told", "[document]") {
    const auto good = parse_documents(policy_on("cpu", "utilization: 70%", "kind: Deployment, name: web, deletionCost: cpu"), "p.yaml");
    REQUIRE(good.ok());
    CHECK(good.policies[0].spec.leave_first == "cpu");
    const auto set = parse_documents(policy_on("cpu", "utilization: 70%", "kind: StatefulSet, name: web, deletionCost: cpu"), "p.yaml");
    REQUIRE(set.findings.size() == 1);
    CHECK_THAT(to_string(set.findings[0]), Contains("target.kubernetes.deletionCost") && Contains("no effect on a StatefulSet"));
    const auto unknown = parse_documents(policy_on("cpu", "utilization: 70%", "kind: Deployment, name: web, deletionCost: ram"), "p.yaml");
    REQUIRE_FALSE(unknown.findings.empty());
    CHECK_THAT(to_string(unknown.findings[0]), Contains("deletionCost"));
}

TEST_CASE("the shortest policy has the documented defaults", "[document]") {
    const auto documents = load_documents({kConfig + "/good_short.yaml"});
    REQUIRE(documents.policies.size() == 1);
    const auto& spec = documents.policies[0].spec;
    CHECK(spec.name == "cart");
    CHECK(spec.replicas == Bounds{2, 40});
    CHECK(spec.interval == 5s);
    CHECK(spec.hold_for == 30min);
    CHECK(spec.combine == Combine::max);
    CHECK(spec.mode == Mode::live);
    CHECK(spec.compat == Compat::none);
    CHECK_FALSE(spec.behavior);
    CHECK_FALSE(spec.on_missing.replicas);
    REQUIRE(spec.signals.size() == 1);
    CHECK(spec.signals[0].name == "cpu");
    CHECK(spec.signals[0].per_pod);
    CHECK(spec.signals[0].dimension == Dimension::cores);
    REQUIRE(documents.policies[0].sources.size() == 1);
    CHECK(std::holds_alternative<CpuSource>(documents.policies[0].sources[0].value()));
    CHECK(identity(documents.policies[0].target) == "kubernetes Deployment cart-service");
    REQUIRE(spec.policies.size() == 1);
    CHECK(spec.policies[0].name == "track.cpu");
    CHECK(std::get<TrackSettings>(spec.policies[0].settings).utilization == 0.7);
}

TEST_CASE("a full policy is read field by field", "[document]") {
    const auto documents = load_documents({kConfig + "/good_full.yaml"});
    REQUIRE(documents.policies.size() == 1);
    const auto& document = documents.policies[0];
    const auto& spec = document.spec;
    CHECK(spec.name_space == "shop");
    CHECK(spec.interval == 10s);
    CHECK(spec.mode == Mode::shadow);
    CHECK(spec.hold_for == 1h);
    CHECK(spec.on_missing.replicas == 10);
    CHECK(spec.on_missing.after == 5min);
    CHECK(spec.on_missing.allow_down);
    REQUIRE(spec.behavior);
    REQUIRE(spec.behavior->scale_up.policies.size() == 1);
    CHECK(spec.behavior->scale_up.policies[0].type == ScalingRule::Type::pods);
    CHECK(spec.behavior->scale_up.policies[0].value == 4);
    CHECK(spec.behavior->scale_down.stabilization_window_seconds == 300);

    const auto p95 = spec.find_signal("p95");
    REQUIRE(p95);
    const auto& latency = spec.signals[index(*p95)];
    CHECK(latency.dimension == Dimension::time);
    CHECK(latency.idle_when == "requests");
    CHECK(latency.max_age == 30s);
    CHECK(latency.resolution == 10s);
    CHECK_FALSE(latency.per_pod);
    const auto& source = std::get<PrometheusSource>(document.sources[index(*p95)].value());
    CHECK(source.url == "http://prometheus:9090");
    CHECK(source.query == "histogram_quantile(0.95,\n\tsum by (le) (rate(latency_bucket[5m])))\n");
    CHECK_FALSE(document.sources[index(*spec.find_signal("rps"))]);

    const auto settings = [&](std::string_view name) -> const PolicySettings& {
        for (const auto& entry : spec.policies) {
            if (entry.name == name) return entry.settings;
        }
        FAIL("no policy " << name);
        throw;
    };
    CHECK(std::get<TrackSettings>(settings("track.ram")).average_value == 536870912.0);  // 512 * 1024 * 1024
    CHECK(std::get<TrackSettings>(settings("track.cpu")).tolerance == 0.05);
    CHECK(std::get<PidSettings>(settings("calm")).setpoint == 0.25);  // 250 ms, in seconds
    CHECK(std::get<PidSettings>(settings("warm")).setpoint == 0.65);
    const auto& bands = std::get<StepSettings>(settings("step.rps")).bands;
    REQUIRE(bands.size() == 2);
    CHECK(bands[0].change == "+2");
    CHECK(bands[1].change == "-10%");
}

TEST_CASE("HPA's own fields take Kubernetes quantities on a signal without a unit", "[document]") {
    const auto documents = parse_documents(
        "apiVersion: setpoint.dev/v1alpha1\nkind: ScalingPolicy\nmetadata: { name: qps }\nspec:\n"
        "  target: { docker: { label: app=qps } }\n  replicas: { max: 10 }\n  signals: { qps: {} }\n"
        "  policies: [ { track: { signal: qps, averageValue: 15000m } }, { track: { name: total, signal: qps, value: 2k } } ]\n",
        "qps.yaml");
    REQUIRE(documents.ok());
    const auto& policies = documents.policies[0].spec.policies;
    CHECK(std::get<TrackSettings>(policies[0].settings).average_value == 15.0);
    CHECK(std::get<TrackSettings>(policies[1].settings).value == 2000.0);
}

TEST_CASE("several documents of a file and several files are read in order", "[document]") {
    const Folder folder{"several"};
    const auto first = folder.write("b.yaml", policy("one") + "---\n" + policy("two"));
    const auto second = folder.write("a.yaml", policy("three"));
    const auto documents = load_documents({first, second});
    REQUIRE(documents.ok());
    REQUIRE(documents.policies.size() == 3);
    CHECK(documents.policies[0].spec.name == "one");
    CHECK(documents.policies[1].spec.name == "two");
    CHECK(documents.policies[1].at.line == 10);  // eight lines, a separator
    CHECK(documents.policies[2].spec.name == "three");
    CHECK(documents.policies[2].file == second);
}

TEST_CASE("a folder gives its yaml and yml files by name, and nothing else", "[document]") {
    const Folder folder{"folder"};
    folder.write("b.yaml", policy("two"));
    folder.write("a.yml", policy("one"));
    folder.write("notes.txt", "not a policy");
    folder.write(".hidden.yaml", "not a policy");
    fs::create_directories(folder.path / "c.yaml");
    const auto documents = load_documents({folder.path.string()});
    for (const auto& finding : documents.findings) UNSCOPED_INFO(to_string(finding));
    REQUIRE(documents.ok());
    REQUIRE(documents.policies.size() == 2);
    CHECK(documents.policies[0].spec.name == "one");
}

TEST_CASE("a folder without policies is an error", "[document]") {
    const Folder folder{"empty"};
    folder.write("notes.txt", "not a policy");
    const auto documents = load_documents({folder.path.string()});
    REQUIRE(documents.findings.size() == 1);
    CHECK_FALSE(documents.ok());
    CHECK_THAT(documents.findings[0].message, Contains("has no policies"));
}

TEST_CASE("a missing file, a folder inside a list and an empty file are errors each", "[document]") {
    const Folder folder{"missing"};
    const auto empty = folder.write("empty.yaml", "");
    const auto documents = load_documents({folder.path.string() + "/nope.yaml", empty});
    REQUIRE(documents.findings.size() == 2);
    CHECK_THAT(documents.findings[0].message, Contains("is empty"));
    CHECK_THAT(documents.findings[1].message, Contains("cannot be read: No such file or directory"));
    CHECK_FALSE(load_documents({}).ok());
}

TEST_CASE("another autoscaler's object is refused with the way over", "[document]") {
    const auto kind = GENERATE(as<std::string>{}, "HorizontalPodAutoscaler", "ScaledObject");
    const auto documents = parse_documents("kind: " + kind + "\n", "old.yaml");
    REQUIRE(documents.findings.size() == 1);
    CHECK(to_string(documents.findings[0]) == "old.yaml:1:7: kind: must be ScalingPolicy, Source or Agent, was '" + kind +
                                                  "'; `setpoint import old.yaml` prints the policy that decides as it does");
}

TEST_CASE("one target in two files is refused, and both places are named", "[document]") {
    const Folder folder{"twice"};
    auto copy = policy("web");
    copy.replace(copy.find("name: web"), 9, "name: two");
    const auto a = folder.write("a.yaml", policy("web"));
    const auto b = folder.write("b.yaml", copy);
    const auto documents = load_documents({a, b});
    REQUIRE(documents.findings.size() == 1);
    CHECK(documents.findings[0].file == b);
    CHECK(documents.findings[0].path == "spec.target");
    CHECK_THAT(documents.findings[0].message, Contains("docker label app=web") && Contains(a + ":1"));
}

TEST_CASE("a file of a gigabyte is refused without reading it", "[document]") {
    const Folder folder{"huge"};
    const auto file = folder.write("huge.yaml", policy("web"));
    fs::resize_file(file, std::uintmax_t{1} << 30U);  // sparse: takes no room
    const auto documents = load_documents({file});
    REQUIRE(documents.findings.size() == 1);
    CHECK_THAT(documents.findings[0].message, Contains("larger than 4 MiB"));
}

TEST_CASE("a flood of findings is cut, and says so", "[document]") {
    std::string text;
    for (int i = 0; i < 1000; ++i) text += "---\na: 1\n";  // five findings each
    const auto documents = parse_documents(text, "f");
    REQUIRE(documents.findings.size() == 1001);
    CHECK(documents.findings.back().message == "4000 more findings are not shown");
}

TEST_CASE("an error in one document does not hide those of the next", "[document]") {
    auto broken = policy("one");
    broken.replace(broken.find("max: 10"), 7, "max: no");
    const auto documents = parse_documents(broken + "---\n" + broken, "two.yaml");
    REQUIRE(documents.findings.size() == 2);
    CHECK(to_string(documents.findings[0]) == "two.yaml:6:20: spec.replicas.max: must be a number, was 'no'");
    CHECK(documents.findings[1].at.line == 15);
}

}  // namespace
}  // namespace setpoint
