// SPDX-License-Identifier: Apache-2.0
#include "clients/http_server.hpp"

#include <utility>  // before Asio, which forgets it

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <mutex>
#include <unordered_map>

#include "clients/http_connection.hpp"

namespace setpoint {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;
namespace ssl = boost::asio::ssl;

constexpr Duration kPauseAfterFailedAccept = std::chrono::milliseconds{500};  // no descriptors left, mostly

Result<std::unique_ptr<ssl::context>> tls_of(const HttpServerSettings& settings) {
    if (settings.certificate.empty() && settings.key.empty()) return nullptr;
    auto context = std::make_unique<ssl::context>(ssl::context::tls_server);
    context->set_options(ssl::context::no_sslv3 | ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1);
    error_code error;
    context->use_certificate_chain_file(settings.certificate, error);
    if (error) {
        return fail(Errc::bad_config, "the certificate '" + settings.certificate + "' cannot be used: " + error.message());
    }
    context->use_private_key_file(settings.key, ssl::context::pem, error);
    if (error) return fail(Errc::bad_config, "the key '" + settings.key + "' cannot be used: " + error.message());
    return context;
}

}  // namespace

/// The listener and its connections. Replies may outlive the server: they find it closed.
class HttpServer::Hub final : public HttpConnectionHost, public std::enable_shared_from_this<Hub> {
public:
    Hub(IoThread& io, HttpServerSettings settings, Handler handler, std::unique_ptr<ssl::context> tls)
        : settings_(std::move(settings)), handler_(std::move(handler)), tls_(std::move(tls)), io_(&io), acceptor_(io.context()) {}

    Result<std::uint16_t> listen() {
        error_code error;
        const auto address = boost::asio::ip::make_address(settings_.address, error);
        if (error) return fail(Errc::bad_config, "'" + settings_.address + "' is no IP address");
        const tcp::endpoint endpoint{address, settings_.port};
        acceptor_.open(endpoint.protocol(), error);
        if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
        if (!error) acceptor_.bind(endpoint, error);
        if (!error) acceptor_.listen(boost::asio::socket_base::max_listen_connections, error);
        if (error) {
            const auto code = error == boost::asio::error::address_in_use ? Errc::conflict : Errc::io;
            return fail(code, "cannot listen on " + settings_.address + " port " + std::to_string(settings_.port) + ": " + error.message());
        }
        const auto port = acceptor_.local_endpoint(error).port();
        accept();
        return port;
    }

    /// On the I/O thread.
    void close() {
        {
            const std::lock_guard lock{mutex_};
            io_ = nullptr;
        }
        error_code ignored;
        acceptor_.close(ignored);
        pause_.reset();
        handler_ = nullptr;
        for (const auto& [key, connection] : std::exchange(connections_, {})) {
            if (const auto alive = connection.lock()) alive->abort();
        }
    }

    const HttpServerSettings& settings() const override { return settings_; }

    void handle(HttpServerRequest request, Reply answer) override {
        if (!handler_) return;
        handler_(std::move(request), [weak = weak_from_this(), answer = std::move(answer)](HttpServerResponse response) {
            if (const auto self = weak.lock()) {
                self->post([answer, response = std::move(response)]() mutable { answer(std::move(response)); });
            }
        });
    }

    void gone(const void* connection) override { connections_.erase(connection); }

private:
    void post(std::function<void()> work) {
        const std::lock_guard lock{mutex_};
        if (io_ != nullptr) io_->post(std::move(work));
    }

    void accept() {
        acceptor_.async_accept([self = shared_from_this()](error_code error, tcp::socket socket) {
            if (!self->acceptor_.is_open()) return;
            if (error) {
                self->pause_ = self->io_->after(kPauseAfterFailedAccept, [self] { self->accept(); });
                return;
            }
            self->take(std::move(socket));
            self->accept();
        });
    }

    void take(tcp::socket socket) {
        error_code ignored;
        if (connections_.size() >= settings_.connections && !make_room()) {
            static constexpr std::string_view kFull =
                "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\nRetry-After: 1\r\n\r\n";
            socket.non_blocking(true, ignored);
            if (!tls_) socket.write_some(boost::asio::buffer(kFull.data(), kFull.size()), ignored);
            return;
        }
        socket.set_option(tcp::no_delay(true), ignored);
        if (tls_) {
            begin<ssl::stream<tcp::socket>>(ssl::stream<tcp::socket>{std::move(socket), *tls_});
        } else {
            begin<tcp::socket>(std::move(socket));
        }
    }

    /// Closes the connection that has been waiting for its client the longest; false where none is. One that never asked goes first.
    bool make_room() {
        std::shared_ptr<AnyHttpConnection> longest;
        for (const auto& [key, connection] : connections_) {
            const auto one = connection.lock();
            if (one && one->waits() && (!longest || *one->waits() < *longest->waits())) longest = one;
        }
        if (!longest) return false;
        connections_.erase(longest.get());  // its operations end later
        longest->abort();
        return true;
    }

    template <class Stream>
    void begin(Stream stream) {
        auto connection = std::make_shared<HttpConnection<Stream>>(std::move(stream), shared_from_this());
        connections_.emplace(connection.get(), connection);
        connection->start();
    }

    const HttpServerSettings settings_;
    Handler handler_;
    const std::unique_ptr<ssl::context> tls_;
    std::mutex mutex_;  // io_, for replies from other threads
    IoThread* io_;
    tcp::acceptor acceptor_;
    IoThread::Timer pause_;
    std::unordered_map<const void*, std::weak_ptr<AnyHttpConnection>> connections_;
};

Result<std::unique_ptr<HttpServer>> HttpServer::listen(IoThread& io, HttpServerSettings settings, Handler handler) {
    auto tls = tls_of(settings);
    if (!tls) return tl::unexpected<Error>(std::move(tls.error()));
    auto hub = std::make_shared<Hub>(io, std::move(settings), std::move(handler), std::move(*tls));
    Result<std::uint16_t> port;
    io.run([&] { port = hub->listen(); });
    if (!port) return tl::unexpected<Error>(std::move(port.error()));
    return std::unique_ptr<HttpServer>{new HttpServer{io, std::move(hub), *port}};
}

HttpServer::HttpServer(IoThread& io, std::shared_ptr<Hub> hub, std::uint16_t port)
    : io_(io), hub_(std::move(hub)), port_(port) {}

HttpServer::~HttpServer() {
    io_.run([this] { hub_->close(); });
}

}  // namespace setpoint
