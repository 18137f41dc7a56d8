// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>  // before Asio, which forgets it

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <chrono>
#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "clients/http_server.hpp"

namespace setpoint {

/// What a connection needs of its server. Lives as long as any connection or any Reply.
class HttpConnectionHost {
public:
    virtual ~HttpConnectionHost() = default;
    [[nodiscard]] virtual const HttpServerSettings& settings() const = 0;
    /// Calls the handler; `answer` comes back on the I/O thread, at most once.
    virtual void handle(HttpServerRequest request, HttpServer::Reply answer) = 0;
    virtual void gone(const void* connection) = 0;
};

/// What a connection waits for its client to send, and since when. The least of several has the least to lose.
struct HttpWait {
    enum class For : std::uint8_t { first_byte, next_request, rest_of_request } what;
    std::chrono::steady_clock::time_point since;
    friend auto operator<=>(const HttpWait&, const HttpWait&) = default;
};

/// A connection as its server holds it.
class AnyHttpConnection {
public:
    virtual ~AnyHttpConnection() = default;
    virtual void start() = 0;
    virtual void abort() = 0;
    /// Nothing: it is busy with a request.
    [[nodiscard]] virtual std::optional<HttpWait> waits() const = 0;
};

/// One connection of an HttpServer, plain (`tcp::socket`) or TLS. Its pending operations keep it alive; only on
/// the I/O thread. One timer bounds whatever it is waiting for.
template <class Stream>
class HttpConnection final : public AnyHttpConnection, public std::enable_shared_from_this<HttpConnection<Stream>> {
public:
    HttpConnection(Stream stream, std::shared_ptr<HttpConnectionHost> host)
        : stream_(std::move(stream)),
          timer_(stream_.get_executor()),
          buffer_(host->settings().max_header + host->settings().max_body),
          host_(std::move(host)) {}

    ~HttpConnection() override { host_->gone(this); }

    void start() override {
        wait_for(HttpWait::For::first_byte);
        end_after(host_->settings().first_byte);
        if constexpr (kSecure) {
            stream_.async_handshake(boost::asio::ssl::stream_base::server, [self = this->shared_from_this()](Error error) {
                if (error) return self->abort();
                self->await_request();
            });
        } else {
            await_request();
        }
    }

    void abort() override {
        closed_ = true;
        timer_.cancel();
        handler_timer_.reset();
        Error ignored;
        stream_.lowest_layer().close(ignored);
    }

    std::optional<HttpWait> waits() const override { return waits_; }

private:
    using Error = boost::system::error_code;
    using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
    static constexpr bool kSecure = !std::is_same_v<Stream, boost::asio::ip::tcp::socket>;
    static constexpr std::size_t kReadAtOnce = 4096;
    static constexpr std::size_t kMostDiscarded = 1U << 20U;
    static constexpr Duration kGoodbye = std::chrono::seconds{1};

    void wait_for(HttpWait::For what) { waits_ = HttpWait{what, std::chrono::steady_clock::now()}; }

    /// Whatever goes on then is cut off.
    void end_after(Duration time) {
        timer_.expires_after(time);
        timer_.async_wait([weak = this->weak_from_this()](Error error) {
            const auto self = weak.lock();
            if (!error && self) self->abort();
        });
    }

    void await_next_request() {
        wait_for(HttpWait::For::next_request);
        end_after(host_->settings().idle);
        await_request();
    }

    /// The time of a request begins with its first byte; before, the connection is idle.
    void await_request() {
        if (closed_) return;
        parser_.emplace();
        parser_->header_limit(static_cast<std::uint32_t>(host_->settings().max_header));
        parser_->body_limit(host_->settings().max_body);
        if (buffer_.size() > 0) return read_header();  // sent along with the last one
        stream_.async_read_some(buffer_.prepare(kReadAtOnce), [self = this->shared_from_this()](Error error, std::size_t size) {
            if (error || self->closed_) return self->abort();
            self->buffer_.commit(size);
            self->read_header();
        });
    }

    void read_header() {
        wait_for(HttpWait::For::rest_of_request);
        end_after(host_->settings().request);
        boost::beast::http::async_read_header(
            stream_, buffer_, *parser_, [self = this->shared_from_this()](Error error, std::size_t) {
                if (error) return self->fail_read(error);
                self->parser_->eager(true);
                self->expect_body();
            });
    }

    void expect_body() {
        namespace http = boost::beast::http;
        if (!boost::beast::iequals(parser_->get()[http::field::expect], "100-continue") || parser_->is_done() || too_large()) {
            return read_body();
        }
        static constexpr std::string_view kGoOn = "HTTP/1.1 100 Continue\r\n\r\n";
        boost::asio::async_write(stream_, boost::asio::buffer(kGoOn.data(), kGoOn.size()),
                                 [self = this->shared_from_this()](Error error, std::size_t) {
                                     if (error) return self->abort();
                                     self->read_body();
                                 });
    }

    /// The parser of Beast 1.74 forgets its body limit where header and body arrive together: checked here.
    [[nodiscard]] bool too_large() const {
        const auto most = host_->settings().max_body;
        return parser_->content_length().value_or(0) > most || parser_->get().body().size() > most;
    }

    void read_body() {
        if (closed_) return;
        if (too_large()) return fail_read(boost::beast::http::error::body_limit);
        if (parser_->is_done()) return handle();
        boost::beast::http::async_read_some(stream_, buffer_, *parser_,
                                            [self = this->shared_from_this()](Error error, std::size_t) {
                                                if (error) return self->fail_read(error);
                                                self->read_body();
                                            });
    }

    void fail_read(Error error) {
        namespace http = boost::beast::http;
        keep_ = false;
        if (error == http::error::header_limit || error == http::error::buffer_overflow) {
            return refuse(431, "the header is larger than allowed");
        }
        if (error == http::error::body_limit) return refuse(413, "the body is larger than allowed");
        if (error == http::error::end_of_stream || error == http::error::partial_message) return abort();
        if (error.category() == http::make_error_code(http::error::bad_version).category()) {
            return refuse(400, "this is no HTTP request");
        }
        abort();
    }

    void refuse(int status, std::string_view why) {
        send({status, "text/plain; charset=utf-8", std::string{why} + "\n"});
    }

    void handle() {
        namespace http = boost::beast::http;
        waits_.reset();
        auto& message = parser_->get();
        keep_ = message.keep_alive();
        head_ = message.method() == http::verb::head;
        if (!head_ && message.method() != http::verb::get && message.method() != http::verb::post) {
            keep_ = false;
            return send({405, "text/plain; charset=utf-8", "only GET, HEAD and POST are answered\n", {{"Allow", "GET, HEAD, POST"}}});
        }
        const auto text = [&](http::field field) { return std::string{message[field]}; };
        HttpServerRequest request{std::string{message.method_string()}, std::string{message.target()},
                                  text(http::field::host), text(http::field::origin), text(http::field::content_type),
                                  text(http::field::authorization), std::move(message.body())};
        const auto number = ++asked_;
        handler_timer_.emplace(stream_.get_executor(), host_->settings().handler);
        // Keeps the connection alive: nothing else waits meanwhile.
        handler_timer_->async_wait([self = this->shared_from_this(), number](Error error) {
            if (error || self->asked_ != number) return;
            ++self->asked_;  // an answer that comes later is for nobody
            self->keep_ = false;
            self->refuse(503, "no answer in time");
        });
        host_->handle(std::move(request), [weak = this->weak_from_this(), number](HttpServerResponse response) {
            const auto self = weak.lock();
            if (!self || self->asked_ != number) return;
            ++self->asked_;
            self->send(std::move(response));
        });
    }

    void send(HttpServerResponse response) {
        namespace http = boost::beast::http;
        if (closed_) return;
        waits_.reset();
        handler_timer_.reset();
        message_ = {};
        message_.version(11);
        message_.result(static_cast<unsigned>(response.status));
        message_.set(http::field::server, "setpoint");
        message_.set(http::field::content_type, response.content_type);
        message_.set("X-Content-Type-Options", "nosniff");
        message_.set(http::field::cache_control, "no-store");
        for (const auto& [name, value] : response.headers) message_.set(name, value);
        message_.keep_alive(keep_);
        message_.content_length(response.body.size());
        if (!head_) message_.body() = std::move(response.body);
        serializer_.emplace(message_);
        serializer_->split(head_);
        const auto sent = [self = this->shared_from_this()](Error error, std::size_t) {
            if (error || self->closed_) return self->abort();
            if (self->keep_) return self->await_next_request();
            self->say_goodbye();
        };
        if (head_) {
            http::async_write_header(stream_, *serializer_, sent);
        } else {
            http::async_write(stream_, *serializer_, sent);
        }
    }

    /// Closing with bytes unread would reset the connection, and the answer with it.
    void say_goodbye() {
        wait_for(HttpWait::For::next_request);  // which will not come
        end_after(kGoodbye);
        if constexpr (kSecure) {
            stream_.async_shutdown([self = this->shared_from_this()](Error) { self->abort(); });
        } else {
            Error ignored;
            stream_.shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
            discard();
        }
    }

    void discard() {
        buffer_.clear();
        stream_.async_read_some(buffer_.prepare(kReadAtOnce), [self = this->shared_from_this()](Error error, std::size_t size) {
            self->discarded_ += size;
            if (error || self->closed_ || self->discarded_ > kMostDiscarded) return self->abort();
            self->discard();
        });
    }

    Stream stream_;
    boost::asio::steady_timer timer_;
    std::optional<boost::asio::steady_timer> handler_timer_;
    boost::beast::flat_buffer buffer_;
    std::optional<Parser> parser_;
    boost::beast::http::response<boost::beast::http::string_body> message_;
    std::optional<boost::beast::http::response_serializer<boost::beast::http::string_body>> serializer_;
    std::shared_ptr<HttpConnectionHost> host_;
    std::optional<HttpWait> waits_;
    std::uint64_t asked_ = 0;
    std::size_t discarded_ = 0;
    bool keep_ = false;
    bool head_ = false;
    bool closed_ = false;
};

}  // namespace setpoint
