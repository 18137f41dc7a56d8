// SPDX-License-Identifier: Apache-2.0
#include "agent/admin/process_metrics.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace setpoint {
namespace {

/// Since the boot, in clock ticks: the 22nd word of /proc/self/stat, counted from behind the name.
double start_ticks() {
    std::ifstream file{"/proc/self/stat"};
    std::string line;
    std::getline(file, line);
    std::size_t at = line.rfind(')');
    for (int word = 2; word < 22 && at != std::string::npos; ++word) at = line.find(' ', at + 1);
    return at == std::string::npos ? 0 : std::strtod(line.c_str() + at, nullptr);
}

double boot_time() {
    std::ifstream file{"/proc/stat"};
    for (std::string word; file >> word;) {
        double value = 0;
        if (word == "btime" && file >> value) return value;
    }
    return 0;
}

}  // namespace

ProcessFacts process_facts() {
    ProcessFacts facts;
    rusage usage{};
    if (getrusage(RUSAGE_SELF, &usage) == 0) {
        const auto time = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
        facts.cpu_seconds = time(usage.ru_utime) + time(usage.ru_stime);
    }
    std::ifstream memory{"/proc/self/statm"};
    double pages = 0;
    double resident = 0;
    if (memory >> pages >> resident) {
        const auto page = static_cast<double>(sysconf(_SC_PAGESIZE));
        facts.virtual_bytes = pages * page;
        facts.resident_bytes = resident * page;
    }
    std::error_code ignored;
    std::filesystem::directory_iterator files{"/proc/self/fd", ignored};
    if (!ignored) facts.open_files = static_cast<double>(std::distance(begin(files), end(files)));
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) facts.most_files = static_cast<double>(limit.rlim_cur);
    facts.started = boot_time() + start_ticks() / static_cast<double>(sysconf(_SC_CLK_TCK));
    return facts;
}

}  // namespace setpoint
