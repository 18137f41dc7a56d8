// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/documents/finding.hpp"
#include "agent/documents/yaml_text.hpp"

namespace setpoint {

/// A part of somebody else's object. Reads what is asked for, says where what is wrong stands, and in the end names what nobody
/// asked for. A part that is not there answers nothing.
class Foreign {
public:
    /// Where it is written. `annotation`: as JSON in an annotation, in which everything is said to stand where the annotation does,
    /// and the keys are found as Go finds them, without regard to case: the API server writes some as its own code spells them.
    enum class Written : std::uint8_t { file, annotation };

    /// `findings` outlives it; `node` may be null.
    Foreign(const YamlNode* node, Place at, std::string path, std::string file, std::vector<Finding>& findings, Written written = Written::file);

    [[nodiscard]] bool there() const;  // a null is not
    [[nodiscard]] bool has(std::string_view key) const;       // a null is none
    [[nodiscard]] bool has_list(std::string_view key) const;  // an empty one is
    [[nodiscard]] Foreign part(std::string_view key);
    [[nodiscard]] std::vector<Foreign> list(std::string_view key);
    /// Of this part itself, which is a list.
    [[nodiscard]] std::vector<Foreign> elements();
    [[nodiscard]] std::vector<std::string> keys() const;

    // Absent where the key is not there, or what stands there is of another kind, which is said.
    [[nodiscard]] std::optional<std::string> text(std::string_view key);
    [[nodiscard]] std::optional<std::int64_t> whole(std::string_view key, std::int64_t min, std::int64_t max);
    [[nodiscard]] std::optional<bool> flag(std::string_view key);
    /// A Kubernetes quantity above 0, as it is written.
    [[nodiscard]] std::optional<std::string> quantity(std::string_view key);
    /// This part itself, as a text.
    [[nodiscard]] std::optional<std::string> text();

    /// What is wrong with the input, at `key` or at this part.
    void wrong(std::string_view key, std::string message);
    /// What has no counterpart, and what to do.
    void note(std::string_view key, std::string message);
    /// Notes every key that was not asked for; whether there was none.
    bool finish();
    void ignore(std::string_view key) { (void)find(key); }

    [[nodiscard]] Place at() const { return at_; }
    /// Where `key` stands, or this part where it is not there.
    [[nodiscard]] Place place_of(std::string_view key) const;
    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] const std::string& file() const { return file_; }
    [[nodiscard]] std::vector<Finding>& findings() const { return *findings_; }

private:
    [[nodiscard]] const YamlNode::Entry* entry_of(std::string_view key) const;
    [[nodiscard]] const YamlNode* find(std::string_view key);
    [[nodiscard]] Foreign inside(const YamlNode* node, Place at, std::string path) const;
    [[nodiscard]] const YamlNode* scalar(std::string_view key, std::string_view wanted);
    [[nodiscard]] std::string path_of(std::string_view key) const;
    void say(Severity severity, std::string_view key, std::string message);

    const YamlNode* node_;
    Place at_;
    std::string path_;
    std::string file_;
    std::vector<Finding>* findings_;
    Written written_;
    std::vector<std::string> asked_;
};

}  // namespace setpoint
