// SPDX-License-Identifier: Apache-2.0
// The man page, in roff, of the same definitions that --help prints.
#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "agent/replay/wording.hpp"
#include "agent/verbs/completer.hpp"
#include "agent/verbs/verbs.hpp"

namespace setpoint {
namespace {

constexpr const char* kRest = R"(.SH ENVIRONMENT
.TP
.B SETPOINT_ADMIN
Where the verbs that ask a running agent find it, as \fB\-\-admin\fR does.
.TP
.BR DOCKER_HOST ", " DOCKER_TLS_VERIFY ", " DOCKER_CERT_PATH
The Engine, and how it is spoken to, as for
.BR docker (1).
.TP
.B STATE_DIRECTORY
The state folder where \fB\-\-state\-dir\fR does not name one; systemd sets it.
.TP
.B NO_COLOR
No colours, on a terminal either.
.SH SIGNALS
.B setpoint run
takes changed policies over at SIGHUP, whole or not at all.
SIGTERM and SIGINT end it; a change on its way may finish, for at most 8 s.
.SH FILES
.TP
.I /etc/setpoint/policies
The policies of the service,
.IR *.yaml .
.TP
.I /var/lib/setpoint
Its state: the journal and the checkpoint. Other users than root have theirs in
.IR \(ti/.local/state/setpoint .
.TP
.I /usr/share/doc/setpoint
Everything that a policy may say, and how to run it.
.SH SEE ALSO
.BR docker (1),
.BR systemctl (1)
)";

/// Text that roff prints as it is. A plain - would become a hyphen that no shell knows.
std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '\\': out += "\\e"; break;
            case '-': out += "\\-"; break;
            case '~': out += "\\(ti"; break;
            case '^': out += "\\(ha"; break;
            case '`': out += "\\(ga"; break;
            case '\'': out += "\\(aq"; break;
            default: out += c;
        }
    }
    return out;
}

/// Prose, in lines as short as roff's tools want them; none of them is a request.
std::string prose(std::string_view text) {
    std::string out;
    for (const auto& line : wrapped(escaped(text), 78)) out += (line.starts_with('.') ? "\\&" : "") + line + "\n";
    return out;
}

std::string bold(std::string_view text) { return "\\fB" + escaped(text) + "\\fR"; }
std::string italic(std::string_view text) { return "\\fI" + escaped(text) + "\\fR"; }

/// `\fB-f\fR, \fB--file\fR \fIFILE\fR ...`; of a positional its name alone.
std::string term_of(const CLI::Option& option) {
    std::string term;
    if (option.get_positional()) term = italic(option.get_name(true));
    for (const auto& name : option.get_snames()) term += (term.empty() ? "" : ", ") + bold("-" + name);
    for (const auto& name : option.get_lnames()) term += (term.empty() ? "" : ", ") + bold("--" + name);
    if (option.get_items_expected_max() == 0) return term;
    const auto values = values_of(option);
    if (!option.get_positional()) term += " " + italic(values.empty() ? option.get_type_name() : CLI::detail::join(values, "|"));
    return term + (option.get_items_expected_max() > 1 ? " ..." : "");
}

/// As they are to be read: what has a place before what has a name. The --help of a verb is known from the program's.
std::vector<const CLI::Option*> options_of(const CLI::App& app) {
    auto options = app.get_options([&](const CLI::Option* option) {
        return !option->get_group().empty() && (option != app.get_help_ptr() || app.get_parent() == nullptr);
    });
    std::ranges::stable_partition(options, [](const CLI::Option* option) { return option->get_positional(); });
    return options;
}

void print_options(const CLI::App& app) {
    for (const auto* option : options_of(app)) {
        auto help = option->get_description();
        if (option->get_required()) help += " (required)";
        if (const auto fallback = option->get_default_str(); !fallback.empty()) help += " (default: " + fallback + ")";
        fmt::print(".TP\n{}\n{}", term_of(*option), prose(help));
    }
}

/// Lines that begin with a blank are examples, to be kept as they are.
void print_footer(const std::string& footer) {
    std::istringstream lines{footer};
    bool example = false;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with(' ') != example) fmt::print("{}", example ? ".EE\n.RE\n.PP\n" : ".PP\n.RS\n.EX\n");
        example = line.starts_with(' ');
        CLI::detail::trim(line);
        fmt::print("{}", example ? escaped(line) + "\n" : prose(line));
    }
    if (example) fmt::print(".EE\n.RE\n");
}

void print_verb(const CLI::App& verb) {
    std::string usage;
    bool more = false;
    for (const auto* option : options_of(verb)) {
        const auto term = term_of(*option);
        if (option->get_required()) usage += " " + term;
        else if (option->get_positional()) usage += " [" + term + "]";
        else more = true;
    }
    if (more) usage += " [options]";
    fmt::print(".SS {}{}\n{}", bold("setpoint " + verb.get_name()), usage, prose(verb.get_description() + "."));
    print_options(verb);
    if (const auto footer = verb.get_footer(); footer != verb.get_parent()->get_footer()) {
        fmt::print(".PP\n");
        print_footer(footer);
    }
}

void print_manual(const CLI::App& app) {
    fmt::print(".\\\" Made by `setpoint manual`.\n.TH SETPOINT 1 {} \"setpoint {}\" \"User Commands\"\n", SETPOINT_RELEASED, SETPOINT_VERSION);
    fmt::print(".SH NAME\nsetpoint \\- an autoscaling control agent\n");
    fmt::print(".SH SYNOPSIS\n.B setpoint\n.I verb\n.RI [ options ]\n");
    fmt::print(".SH DESCRIPTION\n{}", prose(app.get_description()));
    fmt::print(".SH OPTIONS\n");
    print_options(app);
    fmt::print(".SH VERBS\n");
    for (const auto* verb : app.get_subcommands([](const CLI::App* one) { return !one->get_group().empty(); })) print_verb(*verb);
    fmt::print(".SH EXIT STATUS\n");
    print_footer(app.get_footer());
    fmt::print("{}", kRest);
}

}  // namespace

void add_manual(CLI::App& app, int& exit_code) {
    auto* verb = app.add_subcommand("manual", "Prints the man page: setpoint manual | man -l -");
    verb->callback([&app, &exit_code] {
        print_manual(app);
        exit_code = kDone;
    });
}

}  // namespace setpoint
