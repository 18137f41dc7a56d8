// SPDX-License-Identifier: Apache-2.0
// The only file that knows cpprestsdk.
#include "clients/rest_http.hpp"

#include <utility>  // before Asio, which forgets it

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <cpprest/http_client.h>
#include <cpprest/rawptrstream.h>
#include <iterator>
#include <mutex>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pplx/threadpool.h>
#include <stdexcept>
#include <vector>

namespace setpoint {
namespace {

using web::http::client::http_client;
using web::http::client::http_client_config;
using boost::asio::ip::tcp;

constexpr std::size_t kChunk = 64U << 10U;

/// The library would start forty threads at its first use.
void use_few_threads() {
    static std::once_flag once;
    std::call_once(once, [] { crossplat::threadpool::initialize_with_threads(2); });
}

boost::asio::const_buffer buffer_of(const std::string& text) { return {text.data(), text.size()}; }

/// Trusts the CA of `tls` and nothing else.
boost::system::error_code load(boost::asio::ssl::context& context, const TlsFiles& tls) {
    constexpr auto pem = boost::asio::ssl::context::pem;
    boost::system::error_code error;
    // The library put the system's roots into the store that is there.
    SSL_CTX_set_cert_store(context.native_handle(), X509_STORE_new());
    if (tls.ca.empty()) context.load_verify_file(tls.ca_file, error);
    else context.add_certificate_authority(buffer_of(tls.ca), error);
    if (error || (tls.certificate_file.empty() && tls.certificate.empty())) return error;
    if (tls.certificate.empty()) context.use_certificate_chain_file(tls.certificate_file, error);
    else context.use_certificate_chain(buffer_of(tls.certificate), error);
    if (error) return error;
    if (tls.key.empty()) context.use_private_key_file(tls.key_file, pem, error);
    else context.use_private_key(buffer_of(tls.key), pem, error);
    return error;
}

/// For messages: which of them were used.
std::string names_of(const TlsFiles& tls) {
    const auto name = [](const std::string& text, const std::string& file) { return text.empty() ? file : std::string{"(given as text)"}; };
    auto names = name(tls.ca, tls.ca_file);
    for (const auto& other : {name(tls.certificate, tls.certificate_file), name(tls.key, tls.key_file)}) {
        if (!other.empty()) names += ", " + other;
    }
    return names;
}

/// Whether it is that a certificate did not verify. The library hands on what OpenSSL said as a bare number.
bool is_unverified(const std::exception& error) {
    const auto* known = dynamic_cast<const web::http::http_exception*>(&error);
    if (known == nullptr) return false;
    const auto code = static_cast<unsigned long>(known->error_code().value());
    return ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) == SSL_R_CERTIFICATE_VERIFY_FAILED;
}

/// One request. The library's threads and the I/O thread meet here: once `io` is gone nothing is said.
struct Call : std::enable_shared_from_this<Call> {
    std::mutex lock;
    IoThread* io = nullptr;
    pplx::cancellation_token_source cancel;
    // Of the I/O thread.
    HttpClient::Done done;
    std::function<void(std::string_view)> stream;
    std::function<void()> failed;  // nobody answered
    bool began = false;    // of a stream: it answered
    bool dropped = false;  // what was posted before is for nobody

    void hand_over(std::string piece) {
        post([piece = std::move(piece)](Call& call) {
            call.began = true;
            call.stream(piece);
        });
    }
    void finish(Result<HttpResponse> result) {
        post([result = std::move(result)](Call& call) mutable {
            const bool unreachable = !result && result.error().code == Errc::unreachable;
            if (unreachable && call.failed) call.failed();
            // It may drop this call.
            if (const auto last = std::exchange(call.done, nullptr)) last(std::move(result));
        });
    }

private:
    template <class Work>
    void post(Work work) {
        const std::lock_guard guard{lock};
        if (io == nullptr) return;
        io->post([self = shared_from_this(), work = std::move(work)]() mutable {
            if (!self->dropped) work(*self);
        });
    }
};

/// The answer's body as far as it was read.
struct Reading {
    std::shared_ptr<Call> call;
    web::http::http_response response;
    std::vector<unsigned char> chunk = std::vector<unsigned char>(kChunk);
    std::string body;
    std::size_t max_body = 0;
    bool streams = false;
    bool too_large = false;

    /// A read waits until it has all that it was asked for: of a stream, one byte at least, and what lies ready.
    [[nodiscard]] std::size_t wanted() const {
        return streams ? std::clamp<std::size_t>(response.body().streambuf().in_avail(), 1, chunk.size()) : chunk.size();
    }
};

pplx::task<void> read_on(std::shared_ptr<Reading> reading) {
    concurrency::streams::rawptr_buffer<unsigned char> into(reading->chunk.data(), reading->chunk.size());
    return reading->response.body().read(into, reading->wanted()).then([reading](std::size_t count) {
        if (count == 0) return pplx::task_from_result();
        if (reading->streams) {
            reading->call->hand_over(std::string(reinterpret_cast<const char*>(reading->chunk.data()), count));
            return read_on(reading);
        }
        if (reading->body.size() + count > reading->max_body) {
            reading->too_large = true;
            reading->call->cancel.cancel();
            return pplx::task_from_result();
        }
        reading->body.append(reinterpret_cast<const char*>(reading->chunk.data()), count);
        return read_on(reading);
    });
}

class Handle final : public Exchange {
public:
    explicit Handle(std::shared_ptr<Call> call) : call_(std::move(call)) {}
    ~Handle() override {
        {
            const std::lock_guard guard{call_->lock};
            call_->io = nullptr;
        }
        call_->dropped = true;
        if (call_->done && !call_->began && call_->failed) call_->failed();
        call_->cancel.cancel();
    }
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;

private:
    std::shared_ptr<Call> call_;
};

class RestHttp final : public Transport {
public:
    RestHttp(IoThread& io, RestEndpoint endpoint)
        : io_(io),
          endpoint_(std::move(endpoint)),
          name_(endpoint_.host + ":" + std::to_string(endpoint_.port)),
          resolver_(io.context()) {
        if (endpoint_.tls) unverified_ = unverified(*endpoint_.tls);
        boost::system::error_code error;
        const auto address = boost::asio::ip::make_address(endpoint_.host, error);
        named_ = error.failed();
        if (!named_) client_ = client_for(address);
    }

    std::unique_ptr<Exchange> start(const HttpRequest& request, HttpClient::Done done) override {
        auto call = std::make_shared<Call>();
        call->io = &io_;
        call->done = std::move(done);
        if (named_) call->failed = [this, alive = std::weak_ptr<bool>(alive_)] { if (!alive.expired()) look_again(); };
        call->stream = request.stream;
        if (client_) {
            ask(*client_, call, request);
        } else {
            resolve(call, request);
        }
        return std::make_unique<Handle>(std::move(call));
    }

    const std::string& name() const override { return name_; }

private:
    /// The name may have another address by now; and where it has several, the next one is tried.
    void look_again() {
        client_.reset();
        ++address_;
    }

    /// Apart from the library, whose requests would all wait for one name that hangs.
    void resolve(const std::shared_ptr<Call>& call, const HttpRequest& request) {
        resolver_.async_resolve(
            endpoint_.host, std::to_string(endpoint_.port),
            [this, alive = std::weak_ptr<bool>(alive_), call, request](boost::system::error_code error,
                                                                     const tcp::resolver::results_type& found) {
                if (alive.expired()) return;
                if (error || found.empty()) {
                    return call->finish(fail(Errc::unreachable, name_ + ": the name does not resolve: " + error.message()));
                }
                const auto one = std::next(found.begin(), static_cast<std::ptrdiff_t>(address_ % found.size()));
                client_ = client_for(one->endpoint().address());
                ask(*client_, call, request);
            });
    }

    std::shared_ptr<http_client> client_for(const boost::asio::ip::address& address) const {
        web::uri_builder uri;
        uri.set_scheme(endpoint_.tls ? "https" : "http");
        uri.set_host(address.is_v6() ? "[" + address.to_string() + "]" : address.to_string());
        uri.set_port(endpoint_.port);
        http_client_config config;
        config.set_max_redirects(0);  // credentials go to the server named, to no other
        config.set_timeout(std::chrono::hours{24});  // the lane's deadline ends it
        config.set_validate_certificates(true);
        if (endpoint_.tls) {
            config.set_ssl_context_callback([tls = *endpoint_.tls](boost::asio::ssl::context& context) {
                if (const auto error = load(context, tls)) throw std::runtime_error(error.message());
            });
        }
        return std::make_shared<http_client>(uri.to_uri(), config);
    }

    std::string unverified(const TlsFiles& tls) const {
        return "its certificate does not verify: it is not signed by " + (tls.ca.empty() ? tls.ca_file : "the CA that is given") + ", not for " + host_header() +
               ", or out of its time";
    }

    /// `Host` is also the name that the certificate must have.
    std::string host_header() const {
        // With brackets, no certificate has an IPv6 address.
        if (endpoint_.tls) return endpoint_.server_name.empty() ? endpoint_.host : endpoint_.server_name;
        const bool v6 = endpoint_.host.find(':') != std::string::npos;
        return (v6 ? "[" + endpoint_.host + "]" : endpoint_.host) + ":" + std::to_string(endpoint_.port);
    }

    void ask(http_client& client, const std::shared_ptr<Call>& call, const HttpRequest& asked) {
        try {
            web::http::http_request request(asked.method);
            request.set_request_uri(web::uri(asked.target));
            request.headers().add("Host", host_header());
            for (const auto& [field, value] : asked.headers) request.headers().add(field, value);
            if (!asked.body.empty()) {
                request.set_body(std::vector<unsigned char>(asked.body.begin(), asked.body.end()));
                for (const auto& [field, value] : asked.headers) {
                    if (field == "Content-Type") request.headers().set_content_type(value);
                }
            }
            watch(client.request(request, call->cancel.get_token()), call, asked.max_body);
        } catch (const std::exception& error) {
            call->finish(fail(Errc::bad_reply, name_ + ": " + error.what()));
        }
    }

    void watch(pplx::task<web::http::http_response> answer, const std::shared_ptr<Call>& call, std::size_t max_body) {
        const auto reading = std::make_shared<Reading>();
        reading->call = call;
        reading->max_body = max_body;
        answer
            .then([reading](const web::http::http_response& response) {
                reading->response = response;
                reading->streams = reading->call->stream && response.status_code() / 100 == 2;
                if (reading->streams) reading->call->hand_over({});
                if (!reading->streams && response.headers().content_length() > reading->max_body) {
                    reading->too_large = true;
                    reading->call->cancel.cancel();
                    return pplx::task_from_result();
                }
                return read_on(reading);
            })
            // The last of the chain looks at the task, so that no exception is left unseen.
            .then([reading, name = name_, unverified = unverified_](const pplx::task<void>& read) {
                const auto bad = [&](Errc code, const std::string& why) { reading->call->finish(fail(code, name + ": " + why)); };
                try {
                    read.get();
                    if (reading->too_large) return bad(Errc::bad_reply, "its answer is larger than allowed");
                    std::string retry_after;
                    reading->response.headers().match("Retry-After", retry_after);
                    reading->call->finish(HttpResponse{static_cast<int>(reading->response.status_code()), std::move(reading->body),
                                                       std::move(retry_after)});
                } catch (const std::exception& error) {
                    if (reading->too_large) return bad(Errc::bad_reply, "its answer is larger than allowed");
                    bad(Errc::unreachable, is_unverified(error) ? unverified : error.what());
                }
            });
    }

    IoThread& io_;
    RestEndpoint endpoint_;
    std::string name_;
    std::string unverified_;    // what is said of a certificate that does not verify
    tcp::resolver resolver_;
    bool named_ = false;        // the host is a name, no address
    std::size_t address_ = 0;   // which of the name's
    std::shared_ptr<http_client> client_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace

Result<std::unique_ptr<Transport>> rest_http(IoThread& io, RestEndpoint endpoint) {
    try {
        use_few_threads();
        if (endpoint.tls) {
            boost::asio::ssl::context context(boost::asio::ssl::context::tls_client);
            if (const auto error = load(context, *endpoint.tls)) {
                return fail(Errc::bad_config, "cannot use the TLS files " + names_of(*endpoint.tls) + ": " + error.message());
            }
        }
        return std::make_unique<RestHttp>(io, std::move(endpoint));
    } catch (const std::exception& error) {
        return fail(Errc::bad_config, endpoint.host + ": " + error.what());
    }
}

}  // namespace setpoint
