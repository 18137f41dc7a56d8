// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <string>

#include "clients/clock.hpp"
#include "clients/io_thread.hpp"
#include "clients/kube_client.hpp"
#include "clients/lease_election.hpp"
#include "core/result.hpp"

namespace setpoint {

/// Stands for election by a Lease, and renews it while it is ours.
class KubeLease {
public:
    /// On the I/O thread.
    struct Heard {
        std::function<void(bool trouble, const std::string& why)> waits;  // each time another agent, or another trouble, is in the way
        std::function<void(std::uint64_t term)> leads;      // it is ours, in this term (LeaseElection::term)
        std::function<void(const std::string& why)> lost;   // no longer; it stands for election again
    };

    /// `kube` is best a client of its own: a renewal must not stand in line behind a thousand sizes.
    KubeLease(IoThread& io, KubeClient& kube, const Clock& clock, LeaseElection::Settings settings);
    /// Nothing is told any more once this returns.
    ~KubeLease();
    KubeLease(const KubeLease&) = delete;
    KubeLease& operator=(const KubeLease&) = delete;

    /// Once. From any thread.
    void begin(Heard heard);

    /// For how long writes may be on their way from now on; `refused` says why none may begin. From any thread.
    [[nodiscard]] Result<Duration> may_write() const;

    /// Lets it go where it is ours, for agents that hold fewer, and stands for election again. `lost` comes once that is done; its writes
    /// must have ended before. From any thread.
    void let_go();

    /// Lets it go where it is ours, so that another agent need not wait until it runs out; waits for the answer, but not much
    /// longer than `patience`. Writes must have ended before.
    void release(Duration patience);
    /// Likewise without waiting: ready once it was answered.
    [[nodiscard]] std::future<void> begin_release();

private:
    class State;
    IoThread& io_;
    std::shared_ptr<State> state_;
};

}  // namespace setpoint
