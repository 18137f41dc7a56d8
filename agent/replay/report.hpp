// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "agent/replay/chart.hpp"
#include "agent/replay/dry_run.hpp"
#include "agent/replay/recording.hpp"
#include "agent/replay/score.hpp"
#include "agent/replay/style.hpp"
#include "policies/spec.hpp"

namespace setpoint {

/// What a dry run was made of.
struct DryRunSubject {
    const ScalingSpec& stated;  // the policy as written
    const ScalingSpec& spec;    // as replayed (adapted_to)
    const Recording& recording;
    DryRunStart start;
    std::string path;    // of the recording
    std::string format;  // `CSV`
};

/// Which changes of size the table lists.
enum class Listing : std::uint8_t { ends, all };

/// Listens to a dry run and then tells it to a person at a terminal.
class Report : public DryRunListener {
public:
    Report(const DryRunSubject& subject, const Style& style, Listing listing);

    void sample(SignalId signal, Time at, double value) override;
    void recorded_size(Time at, Replicas size) override;
    void decided(const Decision& decision) override;

    [[nodiscard]] std::string text(const Score& score) const;

private:
    struct Change {
        Time at{};
        Replicas from = 0;
        Replicas to = 0;
        std::string why;
    };
    struct Plotted {
        SignalId signal{};
        Stretches series;
        std::optional<double> goal;
    };

    void find_goal(const Decision& decision);
    [[nodiscard]] std::string header() const;
    [[nodiscard]] std::string plots() const;
    [[nodiscard]] std::string table(const Score& score) const;
    [[nodiscard]] std::string row(const Change& change) const;
    [[nodiscard]] std::string summary(const Score& score) const;
    [[nodiscard]] std::string holds(const Score& score) const;
    [[nodiscard]] std::string indented(std::string_view text, std::size_t by) const;
    [[nodiscard]] std::string entry(std::string_view name, std::string_view text) const;
    [[nodiscard]] std::string list(const std::vector<std::string>& entries, std::string_view bullet) const;
    [[nodiscard]] std::string heading(std::string_view text) const;

    const DryRunSubject& subject_;
    Style style_;
    Listing listing_;
    std::vector<std::string> names_;
    std::size_t plot_width_;
    std::vector<Plotted> signals_;
    Stretches sizes_;
    Stretches recorded_;
    std::vector<Change> first_;  // all of them, where all are listed
    std::deque<Change> last_;
};

}  // namespace setpoint
