// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "agent/replay/dry_run.hpp"
#include "agent/replay/report.hpp"
#include "agent/replay/score.hpp"

namespace setpoint {

/// Writes a dry run as one JSON object, decision by decision: `policy`, `recording`, `notes`, `decisions`
/// (`time` in Unix seconds, `replicas` before, `ready`, `desired`, `code`, `reason`), `score`.
class JsonOutput : public DryRunListener {
public:
    JsonOutput(const DryRunSubject& subject, std::ostream& out);
    void decided(const Decision& decision) override;
    void finish(const Score& score);

private:
    const DryRunSubject& subject_;
    std::ostream& out_;
    std::vector<std::string> names_;
    bool first_ = true;
};

/// Writes a dry run as CSV, one line a decision: time,replicas,ready,desired,code,reason.
class CsvOutput : public DryRunListener {
public:
    CsvOutput(const DryRunSubject& subject, std::ostream& out);
    void decided(const Decision& decision) override;

private:
    const DryRunSubject& subject_;
    std::ostream& out_;
    std::vector<std::string> names_;
};

}  // namespace setpoint
