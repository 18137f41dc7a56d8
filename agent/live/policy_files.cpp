// SPDX-License-Identifier: Apache-2.0
#include "agent/live/policy_files.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <system_error>
#include <utility>

namespace setpoint {
namespace {

void add(const std::filesystem::path& path, std::string& seen) {
    struct stat found {};
    seen += path.string();
    if (::stat(path.c_str(), &found) != 0) {
        seen += " gone\n";
        return;
    }
    for (const auto number : {static_cast<long long>(found.st_ino), static_cast<long long>(found.st_size),
                              static_cast<long long>(found.st_mtim.tv_sec), static_cast<long long>(found.st_mtim.tv_nsec)}) {
        seen += ' ' + std::to_string(number);
    }
    seen += '\n';
}

}  // namespace

std::string fingerprint(const std::vector<std::string>& paths) {
    std::string seen;
    for (const auto& path : paths) {
        add(path, seen);
        std::error_code error;
        std::vector<std::filesystem::path> inside;
        auto entry = std::filesystem::directory_iterator{path, error};
        for (; !error && entry != std::filesystem::directory_iterator{}; entry.increment(error)) inside.push_back(entry->path());
        std::ranges::sort(inside);
        for (const auto& file : inside) add(file, seen);
    }
    return seen;
}

PolicyFiles::PolicyFiles(Settings settings, Read read)
    : settings_(std::move(settings)), read_(std::move(read)), thread_([this] { run(); }) {}

PolicyFiles::~PolicyFiles() {
    {
        const std::lock_guard lock{mutex_};
        stop_ = true;
    }
    wake_.notify_all();
    thread_.join();
}

void PolicyFiles::ask() {
    {
        const std::lock_guard lock{mutex_};
        asked_ = true;
    }
    wake_.notify_all();
}

void PolicyFiles::run() {
    auto known = fingerprint(settings_.paths);
    auto last = known;
    std::unique_lock lock{mutex_};
    while (true) {
        wake_.wait_for(lock, kLookEvery, [this] { return stop_ || asked_; });
        if (stop_) return;
        const bool asked = std::exchange(asked_, false);
        lock.unlock();
        const auto now = fingerprint(settings_.paths);
        const bool rests = std::exchange(last, now) == now;
        if (asked || (now != known && rests)) {
            known = now;
            read_(load_policies(settings_.paths, settings_.shadow, settings_.from));
        }
        lock.lock();
    }
}

}  // namespace setpoint
