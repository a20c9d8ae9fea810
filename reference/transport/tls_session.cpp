#include "reference/transport/tls_session.hpp"

#include "reference/transport/tls_context.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <new>
#include <utility>

namespace mqttspec::transport {
namespace {

bool is_address(const std::string& host) {
  in6_addr room{};
  return inet_pton(AF_INET, host.c_str(), &room) == 1 || inet_pton(AF_INET6, host.c_str(), &room) == 1;
}

/// The errors that OpenSSL reports when the peer does not use TLS.
bool is_no_tls(int reason) {
  static constexpr std::array reasons{SSL_R_WRONG_VERSION_NUMBER,      SSL_R_HTTP_REQUEST,          SSL_R_HTTPS_PROXY_REQUEST,
                                      SSL_R_PACKET_LENGTH_TOO_LONG,    SSL_R_UNEXPECTED_MESSAGE,    SSL_R_BAD_RECORD_TYPE,
                                      SSL_R_ENCRYPTED_LENGTH_TOO_LONG, SSL_R_RECORD_LENGTH_MISMATCH};
  return std::ranges::find(reasons, reason) != reasons.end();
}

bool is_alert(int reason) { return reason > SSL_AD_REASON_OFFSET && reason <= SSL_AD_REASON_OFFSET + 255; }

bool asks_for_a_certificate(int reason) {
  return reason == SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED || reason == SSL_R_SSLV3_ALERT_BAD_CERTIFICATE;
}

std::string describe_verification(long problem, const std::string& server) {
  const char* const text = X509_verify_cert_error_string(problem);
  if (server.empty()) return fmt::format("cannot verify the client's certificate: {}", text);
  if (problem == X509_V_ERR_HOSTNAME_MISMATCH || problem == X509_V_ERR_IP_ADDRESS_MISMATCH) {
    return fmt::format("the server's certificate is not for '{}'", server);
  }
  return fmt::format("cannot verify the server's certificate: {}", text);
}

}  // namespace

TlsSession::TlsSession(std::shared_ptr<const TlsClient> settings, const std::string& host)
    : settings_(settings), peer_name_(settings->server_name().empty() ? host : settings->server_name()), ssl_(nullptr, SSL_free) {
  use_context(settings->context());
  SSL_set_connect_state(ssl_.get());
  if (is_address(peer_name_)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_.get()), peer_name_.c_str());
  } else {
    SSL_set_tlsext_host_name(ssl_.get(), peer_name_.c_str());
    SSL_set1_host(ssl_.get(), peer_name_.c_str());
  }
}

TlsSession::TlsSession(std::shared_ptr<const TlsServer> settings) : settings_(settings), ssl_(nullptr, SSL_free) {
  use_context(settings->context());
  SSL_set_accept_state(ssl_.get());
}

TlsSession::~TlsSession() = default;

void TlsSession::use_context(ssl_ctx_st* context) {
  ssl_.reset(SSL_new(context));
  BIO* const input = BIO_new(BIO_s_mem());
  BIO* const output = BIO_new(BIO_s_mem());
  if (!ssl_ || input == nullptr || output == nullptr) throw std::bad_alloc();
  SSL_set_bio(ssl_.get(), input, output);
}

TlsSession::Status TlsSession::handshake() {
  ERR_clear_error();
  return judge(SSL_do_handshake(ssl_.get()));
}

TlsSession::Result TlsSession::read(std::span<std::uint8_t> into) {
  ERR_clear_error();
  std::size_t count = 0;
  const auto status = judge(SSL_read_ex(ssl_.get(), into.data(), into.size(), &count));
  may_have_more_ = status != Status::wants_input;
  return {status, count};
}

TlsSession::Result TlsSession::write(std::span<const std::uint8_t> bytes) {
  ERR_clear_error();
  std::size_t count = 0;
  const auto status = judge(SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &count));
  return {status, count};
}

void TlsSession::end() {
  if (SSL_is_init_finished(ssl_.get()) != 1 || !error_.message.empty()) return;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
}

void TlsSession::feed(std::span<const std::uint8_t> bytes) {
  std::size_t written = 0;
  if (BIO_write_ex(SSL_get_rbio(ssl_.get()), bytes.data(), bytes.size(), &written) != 1) throw std::bad_alloc();
  may_have_more_ = true;
}

std::vector<std::uint8_t> TlsSession::take_output() {
  BIO* const output = SSL_get_wbio(ssl_.get());
  std::vector<std::uint8_t> bytes(BIO_ctrl_pending(output));
  std::size_t count = 0;
  if (!bytes.empty() && BIO_read_ex(output, bytes.data(), bytes.size(), &count) == 1) bytes.resize(count);
  return bytes;
}

TlsSession::Status TlsSession::judge(int result) {
  if (result > 0) return Status::done;
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ: return Status::wants_input;
    case SSL_ERROR_ZERO_RETURN: return Status::ended;
    default: note_failure(); return Status::failed;
  }
}

void TlsSession::note_failure() {
  if (!error_.message.empty()) return;  // OpenSSL reports the reason only once
  const auto code = ERR_peek_error();
  const int reason = ERR_GET_REASON(code);
  const char* const text = ERR_reason_error_string(code);
  error_.kind = SSL_is_init_finished(ssl_.get()) == 1 ? Error::Kind::protocol : Error::Kind::handshake;
  if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED) {
    error_.message = describe_verification(SSL_get_verify_result(ssl_.get()), peer_name_);
  } else if (is_alert(reason)) {
    error_.kind =
        Error::Kind::handshake;  // in TLS 1.3, a server rejects the client's certificate after the client has completed the handshake
    error_.message = fmt::format("the peer rejected the TLS connection: {}{}", text,
                                 asks_for_a_certificate(reason) ? "; it requires a client certificate" : "");
  } else if (error_.kind == Error::Kind::handshake && is_no_tls(reason)) {
    error_.message = "the peer does not use TLS; expected: a TLS record; got: other bytes";
  } else {
    error_.message = fmt::format("the TLS connection failed: {}", text == nullptr ? "unknown error" : text);
  }
}

}  // namespace mqttspec::transport
