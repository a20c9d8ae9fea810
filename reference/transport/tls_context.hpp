#pragma once

#include "reference/transport/tls.hpp"

#include <memory>
#include <string>

struct ssl_ctx_st;

/// The implementation of TlsClient and TlsServer.
namespace mqttspec::transport {

struct FreeSslContext {
  void operator()(ssl_ctx_st* context) const;
};
using SslContext = std::unique_ptr<ssl_ctx_st, FreeSslContext>;

class TlsClient {
 public:
  TlsClient(SslContext context, std::string server_name) : context_(std::move(context)), server_name_(std::move(server_name)) {}
  ssl_ctx_st* context() const { return context_.get(); }
  /// Replaces the host of the URL unless it is "".
  const std::string& server_name() const { return server_name_; }

 private:
  SslContext context_;
  std::string server_name_;
};

class TlsServer {
 public:
  explicit TlsServer(SslContext context) : context_(std::move(context)) {}
  ssl_ctx_st* context() const { return context_.get(); }

 private:
  SslContext context_;
};

}  // namespace mqttspec::transport
