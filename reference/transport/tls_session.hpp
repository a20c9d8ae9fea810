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

/// One side of a TLS connection, without I/O. Input: the peer's bytes, with feed(). Output: bytes for the peer, with take_output() after
/// each call.
class TlsSession {
 public:
  enum class Status : std::uint8_t {
    done,
    wants_input,  ///< call feed(), then repeat the call
    ended,        ///< the peer has sent its close_notify
    failed,       ///< see error(); the output may contain an alert
  };
  struct Result {
    Status status = Status::failed;
    std::size_t count = 0;  ///< bytes read or written, if the status is done
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
  /// Writes all bytes. @pre the handshake is done, bytes is not empty
  Result write(std::span<const std::uint8_t> bytes);
  /// Sends close_notify; reading continues. Does nothing before the handshake is done or after a failure.
  void end();

  void feed(std::span<const std::uint8_t> bytes);
  /// Whether read() may return bytes without more input.
  bool may_have_more() const { return may_have_more_; }
  std::vector<std::uint8_t> take_output();
  const Error& error() const { return error_; }

 private:
  void use_context(ssl_ctx_st* context);
  Status judge(int result);
  void note_failure();

  std::shared_ptr<const void> settings_;
  std::string peer_name_;  ///< of a server; "" if the peer is a client
  std::unique_ptr<ssl_st, void (*)(ssl_st*)> ssl_;
  bool may_have_more_ = false;
  Error error_{};
};

}  // namespace mqttspec::transport
