// SPDX-License-Identifier: Apache-2.0
#include "agent/import/import.hpp"

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <cstdio>
#include <memory>
#include <string>

#include "agent/verbs/verbs.hpp"
#include "core/standard_input.hpp"

namespace setpoint {
namespace {

int import(const std::string& file) {
    const auto name = name_of_file(file);
    const auto text = read_text(path_of(file), kImportLimits);
    if (!text) {
        fmt::print(stderr, "{}: {}\n", name, text.error().message);
        return kWrongInput;
    }
    const auto imported = import_policies(*text, name);
    fmt::print("{}", imported.yaml);
    for (const auto& finding : imported.findings) fmt::print(stderr, "{}\n", to_string(finding));
    if (!imported.ok()) return kWrongInput;
    if (imported.policies > 0) return kDone;
    fmt::print(stderr, "{}: nothing could be imported\n", name);
    return kFailed;
}

}  // namespace

void add_import(CLI::App& app, int& exit_code) {
    auto* verb = app.add_subcommand("import", "Prints policies that decide as HorizontalPodAutoscalers and KEDA ScaledObjects do");
    auto file = std::make_shared<std::string>();
    verb->add_option("file", *file, "Their YAML or JSON, as `kubectl get -o yaml` prints it; - is the standard input")->required()->type_name(kFileWord);
    verb->footer("Policies go to the standard output, what has no counterpart, and what to do about it, to stderr.\n"
                 "Exit codes: 0 imported, 1 nothing could be, 2 the input is wrong.");
    verb->callback([file, &exit_code] { exit_code = import(*file); });
}

}  // namespace setpoint
