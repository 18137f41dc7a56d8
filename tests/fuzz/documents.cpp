// SPDX-License-Identifier: Apache-2.0
// A policy document: any text is either understood or complained about.
#include "agent/documents/document.hpp"
#include "tests/fuzz/fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    (void)setpoint::parse_documents(setpoint::fuzz::text(data, size), "input.yaml");
    return 0;
}
