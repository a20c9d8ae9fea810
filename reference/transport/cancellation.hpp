#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

/// How the operations of a Runtime answer to `awaitable_operators`. An operation that takes something which must not be lost (bytes, a
/// connection) takes it after its last suspension, and only when it has not been cancelled meanwhile: what `a || b` throws away then has
/// taken nothing. Where nobody can cancel, the suspension is spared.
namespace mqttspec::transport {

inline bool can_be_cancelled(const boost::asio::cancellation_state& state) { return state.slot().is_connected(); }
inline bool is_cancelled(const boost::asio::cancellation_state& state) { return state.cancelled() != boost::asio::cancellation_type::none; }
[[noreturn]] inline void throw_cancelled() { throw boost::system::system_error(boost::asio::error::operation_aborted); }

/// Lets everything go first that is ready now.
inline boost::asio::awaitable<void> let_others_go_first() {
  co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::deferred);
}

}  // namespace mqttspec::transport
