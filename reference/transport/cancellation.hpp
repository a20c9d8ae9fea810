#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

/// Cancellation of the operations of a Runtime by `awaitable_operators`. An operation that takes something that must not be lost (bytes, a
/// connection) takes it after its last suspension, and only if it was not cancelled meanwhile, so the operand that `a || b` discards has
/// taken nothing. An operation that cannot be cancelled omits this suspension.
namespace mqttspec::transport {

inline bool can_be_cancelled(const boost::asio::cancellation_state& state) { return state.slot().is_connected(); }
inline bool is_cancelled(const boost::asio::cancellation_state& state) { return state.cancelled() != boost::asio::cancellation_type::none; }
[[noreturn]] inline void throw_cancelled() { throw boost::system::system_error(boost::asio::error::operation_aborted); }

/// Lets everything that is ready run first.
inline boost::asio::awaitable<void> let_others_go_first() {
  co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::deferred);
}

}  // namespace mqttspec::transport
