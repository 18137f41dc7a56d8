// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <utility>

#include "clients/deadline.hpp"
#include "clients/io_thread.hpp"

namespace setpoint {

/// At most so many at a time; the others wait, in the order in which they asked. Only on the I/O thread.
class Turns : public std::enable_shared_from_this<Turns> {
public:
    /// Lasts for as long as it is held.
    using Turn = std::shared_ptr<void>;
    /// Nothing: none came before the deadline, or ever will.
    using Begin = std::function<void(Turn)>;

    Turns(IoThread& io, std::size_t at_once) : io_(io), free_(at_once) {}

    /// `begin` is called once, maybe at once.
    void ask(Deadline deadline, Begin begin) {
        if (closed_) return begin({});
        if (free_ > 0 && waiting_.empty()) return begin(turn());
        auto& waiting = waiting_.emplace_back();
        waiting.begin = std::move(begin);
        waiting.end = io_.after(deadline.left(), [this, at = std::prev(waiting_.end())] { take_out(at)({}); });
    }

    /// Who waits is told that no turn will come.
    void close() {
        closed_ = true;
        while (!waiting_.empty()) take_out(waiting_.begin())({});
    }

private:
    struct Waiting {
        Begin begin;
        IoThread::Timer end;
    };

    Turn turn() {
        --free_;
        return {this, [weak = weak_from_this()](void*) {
                    if (const auto self = weak.lock()) self->over();
                }};
    }

    /// The next one begins later: it may be over at once, and so may a thousand after it.
    void over() {
        ++free_;
        if (waiting_.empty()) return;
        io_.post([weak = weak_from_this()] {
            if (const auto self = weak.lock()) self->call_next();
        });
    }

    void call_next() {
        if (free_ == 0 || waiting_.empty()) return;
        take_out(waiting_.begin())(turn());
    }

    Begin take_out(std::list<Waiting>::iterator at) {
        auto begin = std::move(at->begin);
        waiting_.erase(at);
        return begin;
    }

    IoThread& io_;
    std::size_t free_;
    std::list<Waiting> waiting_;
    bool closed_ = false;
};

}  // namespace setpoint
