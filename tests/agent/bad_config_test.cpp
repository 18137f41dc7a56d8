// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "agent/documents/document.hpp"

namespace setpoint {
namespace {

const std::string kFolder = SETPOINT_TEST_DATA "/config";

/// The files of a table: `bad_*.yaml` for the prefix `bad_`.
std::vector<std::string> files_with(const std::string& prefix) {
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator{kFolder}) {
        if (entry.path().filename().string().starts_with(prefix)) files.push_back(entry.path().string());
    }
    std::ranges::sort(files);
    return files;
}

/// What the file's first comments say is wrong with it: `# expect: LINE:COLUMN: PATH: MESSAGE`.
std::vector<std::string> expected_in(const std::string& file) {
    const std::string mark = "# expect: ";
    std::vector<std::string> expected;
    std::ifstream in{file};
    for (std::string line; std::getline(in, line) && line.starts_with(mark);) expected.push_back(line.substr(mark.size()));
    return expected;
}

/// An expectation that ends in `...` says how the message begins.
bool matches(const std::string& said, const std::string& expected) {
    if (!expected.ends_with("...")) return said == expected;
    return said.starts_with(expected.substr(0, expected.size() - 3));
}

void check_findings(const std::string& file) {
    CAPTURE(file);
    const auto expected = expected_in(file);
    const auto documents = load_documents({file});
    std::vector<std::string> said;
    for (const auto& finding : documents.findings) {
        const auto text = to_string(finding).substr(file.size() + 1);
        said.push_back(text.starts_with(' ') ? text.substr(1) : text);
    }
    CAPTURE(said);
    REQUIRE_FALSE(expected.empty());
    CHECK(said.size() == expected.size());
    for (std::size_t i = 0; i < std::min(said.size(), expected.size()); ++i) {
        CAPTURE(said[i], expected[i]);
        CHECK(matches(said[i], expected[i]));
    }
}

TEST_CASE("every bad policy file is refused with what its first comments say, and nothing else", "[document]") {
    const auto files = files_with("bad_");
    REQUIRE(files.size() > 30);
    for (const auto& file : files) {
        check_findings(file);
        CHECK_FALSE(load_documents({file}).ok());
    }
}

TEST_CASE("what is legal and unwise is warned of, and accepted", "[document]") {
    const auto files = files_with("warn_");
    REQUIRE_FALSE(files.empty());
    for (const auto& file : files) {
        check_findings(file);
        CHECK(load_documents({file}).ok());
    }
}

TEST_CASE("good policy files are accepted without a word", "[document]") {
    auto files = files_with("good_");
    REQUIRE(files.size() >= 5);
    for (const auto& file : files) {
        CAPTURE(file);
        const auto documents = load_documents({file});
        for (const auto& finding : documents.findings) UNSCOPED_INFO(to_string(finding));
        CHECK(documents.findings.empty());
        CHECK_FALSE(documents.policies.empty());
    }
}

TEST_CASE("the example policies that ship are accepted without a word", "[document]") {
    const auto documents = load_documents({SETPOINT_TEST_DATA "/../../deploy/examples"});
    for (const auto& finding : documents.findings) UNSCOPED_INFO(to_string(finding));
    CHECK(documents.findings.empty());
    CHECK(documents.policies.size() >= 2);
}

}  // namespace
}  // namespace setpoint
