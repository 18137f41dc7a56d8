// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include "clients/lane.hpp"
#include "tests/support/odd_server.hpp"

namespace setpoint::test {

/// How a transport is reached in the tests of what every transport owes.
struct TransportUnderTest {
    OddServer::On where;
    std::function<std::unique_ptr<Transport>(IoThread&, const OddServer&)> reach;
};

/// Sends and waits; an answer that does not come within 5 s fails the test.
[[nodiscard]] Result<HttpResponse> ask(HttpClient& client, HttpRequest request);

/// Right answers arrive, whatever their form.
void check_answers(const TransportUnderTest& transport);
/// A body is handed over as it arrives, where the request wants that.
void check_streams(const TransportUnderTest& transport);
/// Every misbehaviour ends in time with a clear error.
void check_misbehaviour(const TransportUnderTest& transport);
/// Requests wait their turn, within their deadline; one hanging server delays no other.
void check_lanes(const TransportUnderTest& transport);
/// A server that asks for a pause is left alone, by all lanes that share it.
void check_pause(const TransportUnderTest& transport);
/// What is on its way when the client goes ends, once.
void check_shutdown(const TransportUnderTest& transport);

}  // namespace setpoint::test
