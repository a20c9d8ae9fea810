#pragma once

#include <expected>
#include <memory>
#include <string>

/// What TLS needs from files: read once, used by any number of connections. TLS 1.2 and 1.3 are spoken. Nothing of OpenSSL shows here.
namespace mqttspec::transport {

/// File names; "" where there is none.
struct TlsClientOptions {
  std::string ca_file = {};           ///< PEM certificates of the authorities that are trusted; "": those of the system
  std::string certificate_file = {};  ///< PEM: what a server is shown that asks for it, with its chain
  std::string key_file = {};          ///< PEM, not encrypted: the key of the certificate
  std::string server_name = {};       ///< asked for (SNI) and looked for in the server's certificate; "": the host of the URL
  bool insecure = false;              ///< trusts whoever answers
};

struct TlsServerOptions {
  std::string certificate_file = {};  ///< PEM, with its chain
  std::string key_file = {};          ///< PEM, not encrypted
  std::string client_ca_file = {};    ///< PEM: clients must show a certificate of one of these authorities; "": they are not asked
};

class TlsClient;
class TlsServer;

/// @return what connect() takes, or one sentence that says what is wrong with the files
std::expected<std::shared_ptr<const TlsClient>, std::string> load_tls_client(const TlsClientOptions& options);
/// @return what listen() takes, or one sentence that says what is wrong with the files
std::expected<std::shared_ptr<const TlsServer>, std::string> load_tls_server(const TlsServerOptions& options);

}  // namespace mqttspec::transport
