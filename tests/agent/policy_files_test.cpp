// SPDX-License-Identifier: Apache-2.0
#include "agent/live/policy_files.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <future>

#include "tests/support/temporary_folder.hpp"

namespace setpoint {
namespace {

void write(const std::filesystem::path& path, const std::string& text) { std::ofstream{path} << text; }

std::string policy(const std::string& name, const std::string& mode = "live") {
    return "apiVersion: setpoint.dev/v1alpha1\nkind: ScalingPolicy\nmetadata: { name: " + name +
           " }\nspec:\n  target: { docker: { label: app=" + name +
           " } }\n  replicas: { max: 5 }\n  mode: " + mode + "\n  signals: { cpu: cpu }\n  policies: [ { track: { signal: cpu, utilization: 70% } } ]\n";
}

}  // namespace

TEST_CASE("another text, another file or another target of a link is another fingerprint", "[policy_files]") {
    const TemporaryFolder folder;
    const std::vector<std::string> paths{folder.path().string()};
    write(folder.path() / "a.yaml", "a");
    const auto first = fingerprint(paths);
    CHECK(fingerprint(paths) == first);
    write(folder.path() / "b.yaml", "b");
    const auto second = fingerprint(paths);
    CHECK(second != first);
    // Replaced by one of the same size, as editors do.
    write(folder.path() / "new", "c");
    std::filesystem::rename(folder.path() / "new", folder.path() / "a.yaml");
    const auto third = fingerprint(paths);
    CHECK(third != second);
    // As a mounted ConfigMap changes: a link that points elsewhere.
    std::filesystem::create_directory(folder.path() / "one");
    std::filesystem::create_directory(folder.path() / "two");
    write(folder.path() / "one" / "p.yaml", "p");
    write(folder.path() / "two" / "p.yaml", "q");
    std::filesystem::create_directory_symlink("one", folder.path() / "data");
    std::filesystem::create_symlink("data/p.yaml", folder.path() / "p.yaml");
    const auto linked = fingerprint(paths);
    std::filesystem::remove(folder.path() / "data");
    std::filesystem::create_directory_symlink("two", folder.path() / "data");
    CHECK(fingerprint(paths) != linked);
    CHECK(fingerprint({(folder.path() / "nothing").string()}).find("gone") != std::string::npos);
}

TEST_CASE("policies are read when they are asked for", "[policy_files]") {
    const TemporaryFolder folder;
    write(folder.path() / "a.yaml", policy("web"));
    std::promise<Result<LoadedPolicies>> read;
    PolicyFiles files{{{folder.path().string()}, true}, [&](Result<LoadedPolicies> loaded) { read.set_value(std::move(loaded)); }};
    files.ask();
    const auto loaded = read.get_future().get();
    REQUIRE(loaded);
    REQUIRE(loaded->policies.size() == 1);
    CHECK(loaded->policies[0].spec.name == "web");
    CHECK(loaded->policies[0].spec.mode == Mode::shadow);
}

TEST_CASE("everything that is wrong is said, and nothing is loaded", "[policy_files]") {
    const TemporaryFolder folder;
    write(folder.path() / "a.yaml", policy("web"));
    write(folder.path() / "b.yaml", policy("api", "sideways"));
    write(folder.path() / "c.yaml", "kind: [");
    const auto loaded = load_policies({folder.path().string()}, false);
    REQUIRE_FALSE(loaded);
    CHECK(loaded.error().code == Errc::bad_config);
    CHECK(loaded.error().message.find("b.yaml") != std::string::npos);
    CHECK(loaded.error().message.find("c.yaml") != std::string::npos);
}

TEST_CASE("the same objects go on only for the same target and signals", "[policy_files]") {
    const TemporaryFolder folder;
    const auto loaded = [&](const std::string& text) {
        write(folder.path() / "a.yaml", text);
        return load_policies({folder.path().string()}, false)->policies.at(0);
    };
    const auto before = loaded(policy("web"));
    auto wider = policy("web");
    wider.replace(wider.find("max: 5"), 6, "max: 9");
    CHECK(same_outside(before, loaded(wider)));
    CHECK_FALSE(same_outside(before, loaded(policy("api"))));
    CHECK_FALSE(same_outside(before, loaded(policy("web", "shadow"))));
    auto other = policy("web");
    other.replace(other.find("cpu: cpu"), 8, "cpu: memory");
    CHECK_FALSE(same_outside(before, loaded(other)));
}

}  // namespace setpoint
