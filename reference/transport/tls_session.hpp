#pragma once

#include "reference/transport/runtime.hpp"
#include "reference/transport/tls.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

struct ssl_ctx_st;
struct ssl_st;

namespace mqttspec::transport {

/// One side of a TLS connection, without I/O: the peer's bytes are fed in, and bytes for the peer taken out after each call.
class TlsSession {
 public:
  enum class Status : std::uint8_t {
    done,
    wants_input,  ///< feed() it, and call again
    ended,        ///< the peer has sent its close_notify
    failed,       ///< error() says why; an alert may be waiting to be taken out
  };
  struct Result {
    Status status = Status::failed;
    std::size_t count = 0;  ///< bytes read or written, where the status is done
  };

  /// @param host of the URL
  TlsSession(std::shared_ptr<const TlsClient> settings, const std::string& host);
  explicit TlsSession(std::shared_ptr<const TlsServer> settings);
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;
  ~TlsSession();

  Status handshake();
  /// @pre the handshake is done, `into` is not empty
  Result read(std::span<std::uint8_t> into);
  /// All of them. @pre the handshake is done, bytes is not empty
  Result write(std::span<const std::uint8_t> bytes);
  /// Sends close_notify; reading goes on. Does nothing before the handshake is done, and after a failure.
  void end();

  void feed(std::span<const std::uint8_t> bytes);
  /// Whether a read() may give something without more being fed.
  bool may_have_more() const { return may_have_more_; }
  std::vector<std::uint8_t> take_output();
  const Error& error() const { return error_; }

 private:
  void use_context(ssl_ctx_st* context);
  Status judge(int result);
  void note_failure();

  std::shared_ptr<const void> settings_;
  std::string peer_name_;  ///< of a server; "" where the peer is a client
  std::unique_ptr<ssl_st, void (*)(ssl_st*)> ssl_;
  bool may_have_more_ = false;
  Error error_{};
};

}  // namespace mqttspec::transport
