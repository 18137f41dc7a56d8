// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "agent/documents/schema.hpp"
#include "agent/verbs/verbs.hpp"

namespace setpoint {

void add_schema(CLI::App& app, int& exit_code) {
    auto* verb = app.add_subcommand("schema", "Prints the JSON Schema of a policy document, for editors and checks");
    verb->callback([&exit_code] {
        fmt::print("{}\n", document_schema().dump(2));
        exit_code = kDone;
    });
}

}  // namespace setpoint
