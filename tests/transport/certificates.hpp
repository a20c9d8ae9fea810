#pragma once

#include "reference/transport/runtime.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace mqttspec::transport::testing {

/// Certificates and keys in a temporary folder, which is removed when the process ends.
class Certificates {
 public:
  static const Certificates& made();
  ~Certificates();
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;

  /// Files "NAME.pem" and "NAME.key". Names: ca; server (for localhost, broker.test and 127.0.0.1) and client, both signed by ca; stranger
  /// (like server, but self-signed); expired (like server).
  std::string certificate(const std::string& name) const { return (folder_ / (name + ".pem")).string(); }
  std::string key(const std::string& name) const { return (folder_ / (name + ".key")).string(); }
  /// Creates another file there.
  std::string file(const std::string& name, const std::string& content) const;

 private:
  Certificates();
  std::filesystem::path folder_;
};

/// For clients and servers that trust the authority "ca".
std::shared_ptr<const TlsClient> trusting_client();
std::shared_ptr<const TlsServer> known_server();

}  // namespace mqttspec::transport::testing
