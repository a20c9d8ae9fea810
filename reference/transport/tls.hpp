#pragma once

#include <expected>
#include <memory>
#include <string>

/// Certificates and keys for TLS: loaded once and used by any number of connections. Supports TLS 1.2 and 1.3. Does not expose OpenSSL.
namespace mqttspec::transport {

/// File names; "" if not used.
struct TlsClientOptions {
  std::string ca_file = {};           ///< PEM: certificates of the trusted authorities; "": those of the system
  std::string certificate_file = {};  ///< PEM: the client certificate, with its chain
  std::string key_file = {};          ///< PEM, not encrypted: the key of the certificate
  std::string server_name = {};       ///< sent as SNI and expected in the server's certificate; "": the host of the URL
  bool insecure = false;              ///< accepts any certificate
};

struct TlsServerOptions {
  std::string certificate_file = {};  ///< PEM, with its chain
  std::string key_file = {};          ///< PEM, not encrypted
  std::string client_ca_file = {};    ///< PEM: clients must present a certificate of one of these authorities; "": none is requested
};

class TlsClient;
class TlsServer;

/// @return the settings for connect(), or a sentence that says what is wrong with the files
std::expected<std::shared_ptr<const TlsClient>, std::string> load_tls_client(const TlsClientOptions& options);
/// @return the settings for listen(), or a sentence that says what is wrong with the files
std::expected<std::shared_ptr<const TlsServer>, std::string> load_tls_server(const TlsServerOptions& options);

}  // namespace mqttspec::transport
