// SPDX-License-Identifier: Apache-2.0
#include "clients/io_thread.hpp"

#include <utility>  // before Asio, which forgets it

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <future>
#include <thread>

namespace setpoint {

struct IoThread::State {
    boost::asio::io_context context{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{context.get_executor()};
    std::thread thread{[this] { context.run(); }};
};

IoThread::IoThread() : state_(std::make_unique<State>()) {}

IoThread::~IoThread() {
    state_->context.stop();
    state_->thread.join();
}

void IoThread::post(std::function<void()> work) { boost::asio::post(state_->context, std::move(work)); }

void IoThread::run(const std::function<void()>& work) {
    if (is_this_thread()) {
        work();
        return;
    }
    std::promise<void> done;
    post([&] {
        work();
        done.set_value();
    });
    done.get_future().wait();
}

IoThread::Timer IoThread::after(Duration delay, std::function<void()> work) {
    auto timer = std::make_shared<boost::asio::steady_timer>(state_->context, delay);
    timer->async_wait([work = std::move(work), alive = std::weak_ptr<void>(timer)](boost::system::error_code error) {
        // A timer that ran out just before its handle was dropped has no error, but nobody waits for it any more.
        if (!error && !alive.expired()) work();
    });
    return timer;
}

bool IoThread::is_this_thread() const { return state_->thread.get_id() == std::this_thread::get_id(); }

boost::asio::io_context& IoThread::context() { return state_->context; }

}  // namespace setpoint
