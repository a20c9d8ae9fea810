#include "mock_broker/engine/client_watch.hpp"

#include <tuple>
#include <utility>

namespace mqttspec::mock_broker {

link::Link* ClientWatch::find(ConnectionId id) {
  const auto found = links_.find(id);
  return found == links_.end() ? nullptr : &found->second;
}

void ClientWatch::connection_opened(ConnectionId id, TimePoint now) {
  if (limits_.violations == 0) return;
  const link::LinkOptions options{.judged = link::Judged::client,
                                  .maximum_client_packet = limits_.maximum_packet_size,
                                  .transit = limits_.transit,
                                  .number = static_cast<int>(id),
                                  .began = now};
  links_.emplace(std::piecewise_construct, std::forward_as_tuple(id), std::forward_as_tuple(options, sessions_));
}

void ClientWatch::received(ConnectionId id, wire::ByteView bytes, TimePoint now) {
  link::Link* link = find(id);
  if (link == nullptr) return;
  while (link->client_sent(bytes, now)) keep(*link);
}

void ClientWatch::sent(ConnectionId id, wire::ByteView bytes, TimePoint now) {
  link::Link* link = find(id);
  if (link == nullptr) return;
  while (link->server_sent(bytes, now)) keep(*link);
}

void ClientWatch::received_text_frame(ConnectionId id, TimePoint now) {
  link::Link* link = find(id);
  if (link == nullptr) return;
  link->client_sent_text_frame(now);
  keep(*link);
}

void ClientWatch::offered_no_subprotocol(ConnectionId id, TimePoint now) {
  link::Link* link = find(id);
  if (link == nullptr) return;
  link->client_offered_no_subprotocol(now);
  keep(*link);
}

void ClientWatch::time_passed(ConnectionId id, TimePoint now) {
  link::Link* link = find(id);
  if (link == nullptr) return;
  link->time_passed(now);
  keep(*link);
}

void ClientWatch::client_closed(ConnectionId id, TimePoint now) {
  link::Link* link = find(id);
  if (link == nullptr) return;
  link->client_closed(now);
  keep(*link);
  links_.erase(id);
}

void ClientWatch::server_closed(ConnectionId id, TimePoint now) {
  link::Link* link = find(id);
  if (link == nullptr) return;
  link->server_closed(now);
  links_.erase(id);
}

void ClientWatch::keep(link::Link& link) {
  for (auto& violation : link.take_violations())
    if (violations_.size() < limits_.violations) violations_.push_back(std::move(violation));
}

}  // namespace mqttspec::mock_broker
