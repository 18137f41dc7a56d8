// SPDX-License-Identifier: Apache-2.0
// A journal segment: read to its end, its torn tail or its first damage.
#include "agent/journal/reader.hpp"
#include "tests/fuzz/fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const setpoint::fuzz::InputFile file{setpoint::fuzz::text(data, size)};
    auto segment = setpoint::SegmentReader::open(file.path());
    if (!segment) return 0;
    for (;;) {
        const auto entry = segment->next();
        if (!entry || *entry == nullptr) return 0;
    }
}
