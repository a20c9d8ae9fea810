#pragma once

#include "reference/transport/runtime.hpp"
#include "reference/transport/tls_session.hpp"

#include <memory>

namespace mqttspec::transport {

/// Shakes hands on a stream, and gives the stream within. A deadline is the caller's business: he resets `below`.
///
/// shutdown_send() and close() send close_notify; reset() does not, so that the peer sees a truncation if it does not see the reset. In
/// place of the end a read gives Kind::truncated when the peer ends the stream below without a close_notify.
Awaitable<std::expected<std::unique_ptr<Stream>, Error>> open_tls(Runtime& runtime, std::unique_ptr<Stream> below,
                                                                  std::unique_ptr<TlsSession> session);

}  // namespace mqttspec::transport
