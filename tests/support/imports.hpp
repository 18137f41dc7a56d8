// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "agent/decide/decide.hpp"
#include "agent/documents/document.hpp"
#include "agent/import/import.hpp"

namespace setpoint {

/// All that was said, a line each.
inline std::string said(const Imported& imported) {
    std::string text;
    for (const auto& finding : imported.findings) text += to_string(finding) + "\n";
    return text;
}

/// The one policy of a text that is imported without an error, as `check` and `decide` read it.
inline PolicyDocument imported_policy(const std::string& text) {
    const auto imported = import_policies(text, "in.yaml");
    INFO(said(imported));
    INFO(imported.yaml);
    REQUIRE(imported.ok());
    REQUIRE(imported.policies == 1);
    auto documents = parse_documents(imported.yaml, "out.yaml");
    for (const auto& finding : documents.findings) UNSCOPED_INFO(to_string(finding));
    REQUIRE(documents.ok());
    return documents.policies.at(0);
}

/// The sizes that `decide` answers to lines of observations, with the policy of a text.
inline std::vector<int> decided(const std::string& text, const std::vector<std::string>& lines) {
    auto decider = Decider::of(imported_policy(text).spec).value();
    std::vector<int> sizes;
    for (const auto& line : lines) {
        const auto answer = decider.answer(line);
        if (!answer) FAIL(answer.error().message);
        INFO(*answer);
        sizes.push_back(nlohmann::json::parse(*answer).at("replicas").get<int>());
    }
    return sizes;
}

}  // namespace setpoint
