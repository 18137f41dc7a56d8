// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/documents/finding.hpp"
#include "core/result.hpp"

namespace setpoint {

/// One value of a YAML document, as it was written: nothing is converted or resolved yet. An alias is the
/// very node it stands for.
struct YamlNode {
    enum class Kind : std::uint8_t { null, scalar, list, map };
    struct Entry {
        std::string key;  // of a map
        Place key_at;
        std::shared_ptr<const YamlNode> value;
    };

    Kind kind = Kind::null;
    std::string text;      // of a scalar
    bool plain = true;     // written without quotes
    Place at;
    std::vector<Entry> entries;
    std::size_t size = 1;  // nodes in it, each alias counted as what it stands for
    std::size_t height = 0;

    /// The first entry with this key; null without one.
    [[nodiscard]] const Entry* find(std::string_view key) const;
};

/// What is accepted from outside.
struct YamlLimits {
    std::size_t bytes = 4U << 20U;
    std::size_t depth = 64;
    std::size_t nodes = 100'000;  // of a text, aliases expanded
};

/// All of a file, up to the limit: a larger one is refused without reading it.
[[nodiscard]] Result<std::string> read_text(const std::string& file, const YamlLimits& limits = {});

/// The documents in a text, empty ones left out; a document that is broken ends it. Refuses what is not
/// UTF-8, tabs that indent, text nested or expanded beyond the limits: all before anything is converted.
struct YamlText {
    std::vector<std::shared_ptr<const YamlNode>> documents;
    std::vector<Finding> findings;
};
[[nodiscard]] YamlText parse_yaml(std::string_view text, const std::string& file, const YamlLimits& limits = {});

}  // namespace setpoint
