// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace setpoint {

/// The kinds of trouble the agent treats differently. Add one only with the code that branches on it.
enum class Errc {
    bad_config,   // a document, a flag or a file that the user wrote is wrong
    no_data,      // the source answered, and has nothing to say
    unreachable,  // nobody answered
    timed_out,    // the deadline passed
    bad_reply,    // an answer came and makes no sense, or is larger than allowed
    refused,      // the other side understood and said no
    conflict,     // the thing changed under us
    gone,         // what was asked to go on from is not kept any more
    io,           // a local file or disk
};

/// What went wrong: a code for the program, a sentence for the person.
struct Error {
    Errc code;
    std::string message;  // names the thing, what was wanted and what was seen
    int status = 0;       // HTTP's, where it was a server that said no
};

template <class T = void>
using Result = tl::expected<T, Error>;

[[nodiscard]] inline tl::unexpected<Error> fail(Errc code, std::string message) {
    return tl::unexpected<Error>(Error{code, std::move(message)});
}

/// Says where: `.map_error(in("collector cpu"))` makes "collector cpu: timed out after 2 s".
[[nodiscard]] inline auto in(std::string where) {
    return [where = std::move(where)](Error error) {
        error.message = where + ": " + error.message;
        return error;
    };
}

}  // namespace setpoint
