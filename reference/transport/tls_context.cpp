#include "reference/transport/tls_context.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <utility>

namespace mqttspec::transport {
namespace {

/// A sentence that describes the problem, if any.
using Problem = std::optional<std::string>;

Problem check_readable(const std::string& what, const std::string& file) {
  errno = 0;
  std::ifstream stream(file);
  if (stream && stream.peek() != std::ifstream::traits_type::eof()) return std::nullopt;
  return fmt::format("cannot read the {} {}: {}", what, file, errno != 0 ? std::strerror(errno) : "it is empty");
}

/// Encrypted keys are not supported, so OpenSSL must not ask for a password on the terminal.
int refuse_password(char*, int, int, void*) { return -1; }

SslContext make_context(const SSL_METHOD* method) {
  SslContext context(SSL_CTX_new(method));
  if (!context) throw std::runtime_error("OpenSSL cannot create a context");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  // Without renegotiation, a write never needs to read. Without resumption, connections are independent.
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context.get(), 0);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_default_passwd_cb(context.get(), refuse_password);
  return context;
}

Problem use_certificate(SSL_CTX* context, const std::string& certificate, const std::string& key) {
  if (auto problem = check_readable("certificate", certificate)) return problem;
  if (auto problem = check_readable("key", key)) return problem;
  if (SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) != 1) {
    return fmt::format("{} contains no PEM certificate", certificate);
  }
  if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) == 1) return std::nullopt;
  if (ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH) {
    return fmt::format("the key {} does not match the certificate {}", key, certificate);
  }
  return fmt::format("{} contains no PEM private key without a password", key);
}

Problem trust(SSL_CTX* context, const std::string& ca_file) {
  if (auto problem = check_readable("CA certificates", ca_file)) return problem;
  if (SSL_CTX_load_verify_file(context, ca_file.c_str()) != 1) return fmt::format("{} contains no PEM certificates", ca_file);
  return std::nullopt;
}

Problem configure(SSL_CTX* context, const TlsClientOptions& options) {
  if (options.certificate_file.empty() != options.key_file.empty()) {
    return fmt::format("a client certificate needs its key, and a key its certificate: {} is missing",
                       options.key_file.empty() ? "the key" : "the certificate");
  }
  if (!options.certificate_file.empty()) {
    if (auto problem = use_certificate(context, options.certificate_file, options.key_file)) return problem;
  }
  SSL_CTX_set_verify(context, options.insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, nullptr);
  if (!options.ca_file.empty()) return trust(context, options.ca_file);
  SSL_CTX_set_default_verify_paths(context);  // if the system has none, no server is trusted, and the handshake fails
  return std::nullopt;
}

Problem configure(SSL_CTX* context, const TlsServerOptions& options) {
  if (options.certificate_file.empty() || options.key_file.empty()) return "a TLS server needs a certificate and its key";
  if (auto problem = use_certificate(context, options.certificate_file, options.key_file)) return problem;
  if (options.client_ca_file.empty()) return std::nullopt;
  if (auto problem = trust(context, options.client_ca_file)) return problem;
  SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(options.client_ca_file.c_str()));
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  return std::nullopt;
}

}  // namespace

void FreeSslContext::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }

std::expected<std::shared_ptr<const TlsClient>, std::string> load_tls_client(const TlsClientOptions& options) {
  ERR_clear_error();
  auto context = make_context(TLS_client_method());
  if (auto problem = configure(context.get(), options)) return std::unexpected(*std::move(problem));
  return std::make_shared<const TlsClient>(std::move(context), options.server_name);
}

std::expected<std::shared_ptr<const TlsServer>, std::string> load_tls_server(const TlsServerOptions& options) {
  ERR_clear_error();
  auto context = make_context(TLS_server_method());
  if (auto problem = configure(context.get(), options)) return std::unexpected(*std::move(problem));
  return std::make_shared<const TlsServer>(std::move(context));
}

}  // namespace mqttspec::transport
