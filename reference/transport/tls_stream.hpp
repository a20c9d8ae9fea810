#pragma once

#include "reference/transport/runtime.hpp"
#include "reference/transport/tls_session.hpp"

#include <memory>

namespace mqttspec::transport {

/// Makes a TLS handshake on a stream and returns the stream inside. To enforce a deadline, the caller resets `below`.
///
/// shutdown_send() and close() send close_notify. reset() does not, so that the peer sees a truncation if it does not see the reset. If the
/// peer ends the stream below without close_notify, a read returns Kind::truncated.
Awaitable<std::expected<std::unique_ptr<Stream>, Error>> open_tls(Runtime& runtime, std::unique_ptr<Stream> below,
                                                                  std::unique_ptr<TlsSession> session);

}  // namespace mqttspec::transport
