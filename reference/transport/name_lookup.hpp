#pragma once

#include "reference/transport/runtime.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/system/error_code.hpp>

#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <vector>

/// From host names to addresses, for TCP under RealRuntime.
namespace mqttspec::transport {

using Addresses = std::vector<boost::asio::ip::address>;

/// Looks up one name, and blocks until there is an answer. Called on other threads, several at the same time.
using LookUp = std::function<std::expected<Addresses, boost::system::error_code>(const std::string& host)>;

/// The system's resolver (getaddrinfo).
LookUp system_look_up();

/// getaddrinfo may block for a long time and cannot be interrupted. Each lookup therefore has its own thread, which is never joined, so
/// that a lookup that hangs delays neither its caller beyond the deadline nor the end of the process. Callers that ask for a name that is
/// already being looked up share the lookup, so that a resolver that hangs costs one thread for each name.
class NameLookup {
 public:
  /// @param context on which answers are delivered
  NameLookup(boost::asio::io_context& context, LookUp look_up);
  NameLookup(const NameLookup&) = delete;
  NameLookup& operator=(const NameLookup&) = delete;
  ~NameLookup() { abandon(); }

  /// @return Kind::timed_out at the deadline. Can be cancelled. @pre runs on the context
  Awaitable<std::expected<Addresses, Error>> find(std::string host, TimePoint deadline);
  /// The same outside of coroutines: blocks until there is an answer, at most for `limit`.
  std::expected<Addresses, Error> find_now(const std::string& host, Duration limit);
  /// Drops the answers of lookups under way, so that the context may be destroyed.
  void abandon();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace mqttspec::transport
