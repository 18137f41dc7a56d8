// SPDX-License-Identifier: Apache-2.0
// Answers of a Docker Engine.
#include "clients/docker_types.hpp"
#include "clients/swarm_types.hpp"
#include "tests/fuzz/fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto json = setpoint::fuzz::text(data, size);
    (void)setpoint::parse_version(json);
    (void)setpoint::parse_containers(json);
    (void)setpoint::parse_container(json);
    (void)setpoint::parse_stats(json);
    (void)setpoint::parse_created_id(json);
    (void)setpoint::parse_engine_id(json);
    if (const auto service = setpoint::parse_service(json)) (void)setpoint::resized(service->document, 3);
    (void)setpoint::parse_tasks(json);
    return 0;
}
