// SPDX-License-Identifier: Apache-2.0
#include "agent/documents/agent_body.hpp"

#include <array>

namespace setpoint {

void bind(Fields& fields, AgentBody& body) {
    static constexpr std::array kinds{kAgentKind};
    bind_head(fields, kinds);
    fields.optional("metadata", body.metadata, {}, "free: there is one such document at most");
    fields.open(Field{"spec", "what holds for all policies together", {}, true});
    fields.optional("guards", body.guards, {}, "limits on what all policies together do; without one, nothing is limited");
    fields.close();
}

}  // namespace setpoint
