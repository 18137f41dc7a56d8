// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <memory>
#include <nlohmann/json.hpp>

#include "agent/documents/crd.hpp"
#include "agent/documents/schema.hpp"
#include "agent/documents/yaml_writer.hpp"
#include "agent/verbs/verbs.hpp"

namespace setpoint {

void add_schema(CLI::App& app, int& exit_code) {
    auto* verb = app.add_subcommand("schema", "Prints the JSON Schema of a policy document, for editors and checks");
    auto crd = std::make_shared<bool>(false);
    verb->add_flag("--crd", *crd, "The CustomResourceDefinition of policies for a Kubernetes cluster instead, as YAML");
    verb->callback([crd, &exit_code] {
        if (*crd) fmt::print("{}", to_yaml(policy_crd()));
        else fmt::print("{}\n", document_schema().dump(2));
        exit_code = kDone;
    });
}

}  // namespace setpoint
