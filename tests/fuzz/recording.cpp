// SPDX-License-Identifier: Apache-2.0
// A recording: any bytes are read, or refused with a reason.
#include "agent/replay/read_recording.hpp"
#include "tests/fuzz/fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const setpoint::fuzz::InputFile file{setpoint::fuzz::text(data, size)};
    setpoint::ReadOptions options;
    options.wanted = {{.name = "cpu", .column = "cpu", .required = false}, {.name = "rps", .column = "rps", .required = false}};
    (void)setpoint::read_recording(file.path().string(), options);
    return 0;
}
