// SPDX-License-Identifier: Apache-2.0
#include "agent/live/recording_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <system_error>

namespace setpoint {

Result<RecordingFile> RecordingFile::create(const std::string& path, Existing existing) {
    RecordingFile created;
    created.path_ = path == "-" ? "the standard output" : path;
    if (path == "-") {
        auto out = Descriptor::duplicate(STDOUT_FILENO, created.path_);
        if (!out) return tl::unexpected(out.error());
        created.file_ = std::move(*out);
        return created;
    }
    std::error_code none;
    if (existing == Existing::refuse && std::filesystem::exists(path, none)) {
        return fail(Errc::conflict, path + ": is there already; --force replaces it");
    }
    auto file = Descriptor::open(path, O_WRONLY | O_CREAT | (existing == Existing::refuse ? O_EXCL : O_TRUNC));
    if (!file) return tl::unexpected(file.error());
    created.file_ = std::move(*file);
    created.regular_ = std::filesystem::is_regular_file(path, none);
    return created;
}

Result<> RecordingFile::append(std::string_view line) {
    auto written = file_.write(line, path_);
    if (written) size_ += line.size();
    else if (regular_) (void)::ftruncate(file_.get(), static_cast<off_t>(size_));
    return written;
}

Result<> RecordingFile::finish() const { return regular_ ? file_.sync(path_) : Result<>{}; }

}  // namespace setpoint
