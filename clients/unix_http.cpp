// SPDX-License-Identifier: Apache-2.0
#include "clients/unix_http.hpp"

#include <utility>  // before Asio, which forgets it

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <cstdint>
#include <limits>

namespace setpoint {
namespace {

namespace http = boost::beast::http;
using boost::asio::local::stream_protocol;
using boost::system::error_code;

constexpr std::uint32_t kMaxHeader = 64U << 10U;
constexpr std::size_t kReadAhead = 128U << 10U;

/// One request over a connection of its own. Its pending operations keep it alive; `abandon` ends them.
class Session : public std::enable_shared_from_this<Session> {
public:
    Session(IoThread& io, const std::string& name, const HttpRequest& request, HttpClient::Done done)
        : socket_(io.context()), buffer_(kReadAhead), name_(name), max_body_(request.max_body), stream_(request.stream), done_(std::move(done)) {
        message_.method_string(request.method);
        message_.target(request.target);
        message_.set(http::field::host, "localhost");
        for (const auto& [field, value] : request.headers) message_.set(field, value);
        message_.set(http::field::connection, "close");
        message_.body() = request.body;
        message_.prepare_payload();
        parser_.header_limit(kMaxHeader);
        parser_.body_limit(stream_ ? std::numeric_limits<std::uint64_t>::max() : request.max_body);
    }

    void start() {
        socket_.async_connect(stream_protocol::endpoint(name_), [self = shared_from_this()](error_code error) {
            if (error) return self->fail_with(Errc::unreachable, "cannot connect: " + error.message());
            self->write();
        });
    }

    void abandon() {
        done_ = nullptr;
        error_code ignored;
        socket_.close(ignored);
    }

private:
    void write() {
        http::async_write(socket_, message_, [self = shared_from_this()](error_code error, std::size_t) {
            // A server may answer and close before it read all: its answer says more than the broken pipe.
            (void)error;
            self->read();
        });
    }

    void read() {
        if (!done_) return;
        http::async_read_header(socket_, buffer_, parser_, [self = shared_from_this()](error_code error, std::size_t) {
            if (error) return self->fail_read(error);
            // An eager read would wait for the chunk after the one that has come.
            self->parser_.eager(!self->streams());
            if (self->streams()) self->stream_({});
            self->read_body();
        });
    }

    /// The parser of Beast 1.74 forgets its body limit where header and body arrive together: checked here.
    bool too_large() const {
        return parser_.content_length().value_or(0) > max_body_ || parser_.get().body().size() > max_body_;
    }

    void read_body() {
        hand_over();
        if (!done_) return;
        if (too_large()) return fail_read(http::error::body_limit);
        if (parser_.is_done()) {
            auto& message = parser_.get();
            return finish(HttpResponse{static_cast<int>(message.result_int()), std::move(message.body()),
                                       std::string{message[http::field::retry_after]}});
        }
        http::async_read_some(socket_, buffer_, parser_, [self = shared_from_this()](error_code error, std::size_t) {
            if (error) return self->fail_read(error);
            self->read_body();
        });
    }

    bool streams() const { return done_ && stream_ && parser_.get().result_int() / 100 == 2; }

    void hand_over() {
        if (!streams()) return;
        const auto piece = std::exchange(parser_.get().body(), {});
        if (!piece.empty()) stream_(piece);
    }

    void fail_read(error_code error) {
        if (error == http::error::end_of_stream) {
            fail_with(Errc::unreachable, "closed the connection without an answer");
        } else if (error == http::error::partial_message || error == boost::asio::error::eof) {
            fail_with(Errc::bad_reply, "closed the connection in the middle of its answer");
        } else if (error == http::error::body_limit) {
            fail_with(Errc::bad_reply, "its answer is larger than allowed");
        } else if (error == http::error::header_limit || error == http::error::buffer_overflow) {
            fail_with(Errc::bad_reply, "the header of its answer is larger than 64 KiB");
        } else if (error.category() == http::make_error_code(http::error::bad_version).category()) {
            fail_with(Errc::bad_reply, "its answer is no HTTP: " + error.message());
        } else {
            fail_with(Errc::unreachable, error.message());
        }
    }

    void fail_with(Errc code, const std::string& why) { finish(fail(code, name_ + ": " + why)); }

    void finish(Result<HttpResponse> result) {
        error_code ignored;
        socket_.close(ignored);
        if (const auto done = std::exchange(done_, nullptr)) done(std::move(result));
    }

    stream_protocol::socket socket_;
    boost::beast::flat_buffer buffer_;
    http::request<http::string_body> message_;
    http::response_parser<http::string_body> parser_;
    std::string name_;
    std::size_t max_body_;
    std::function<void(std::string_view)> stream_;
    HttpClient::Done done_;
};

class Handle final : public Exchange {
public:
    explicit Handle(std::shared_ptr<Session> session) : session_(std::move(session)) {}
    ~Handle() override { session_->abandon(); }
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;

private:
    std::shared_ptr<Session> session_;
};

class UnixHttp final : public Transport {
public:
    UnixHttp(IoThread& io, std::string path) : io_(io), path_(std::move(path)) {}

    std::unique_ptr<Exchange> start(const HttpRequest& request, HttpClient::Done done) override {
        auto session = std::make_shared<Session>(io_, path_, request, std::move(done));
        session->start();
        return std::make_unique<Handle>(std::move(session));
    }

    const std::string& name() const override { return path_; }

private:
    IoThread& io_;
    std::string path_;
};

}  // namespace

Result<std::unique_ptr<Transport>> unix_http(IoThread& io, std::string socket_path) {
    constexpr std::size_t kLongestPath = 107;  // sockaddr_un has room for that much
    if (socket_path.empty() || socket_path.size() > kLongestPath) {
        return fail(Errc::bad_config, "a socket's path has 1 to 107 characters, was '" + socket_path + "'");
    }
    return std::make_unique<UnixHttp>(io, std::move(socket_path));
}

}  // namespace setpoint
