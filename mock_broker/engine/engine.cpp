#include "mock_broker/engine/engine.hpp"

#include "mock_broker/engine/broker.hpp"

#include <utility>

namespace mqttspec::mock_broker {

Engine::Engine(Configuration configuration, Behaviour behaviour, std::unique_ptr<Interceptor> interceptor)
    : broker_(std::make_unique<Broker>(std::move(configuration), behaviour, std::move(interceptor))) {}
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;
Engine::~Engine() = default;

ConnectionId Engine::connection_opened(TimePoint now) { return broker_->connection_opened(now); }
void Engine::bytes_received(ConnectionId connection, wire::ByteView bytes, TimePoint now) {
  broker_->bytes_received(connection, bytes, now);
}
void Engine::text_frame_received(ConnectionId connection, TimePoint now) { broker_->watch().received_text_frame(connection, now); }
void Engine::no_subprotocol_offered(ConnectionId connection, TimePoint now) { broker_->watch().offered_no_subprotocol(connection, now); }
void Engine::connection_lost(ConnectionId connection, TimePoint now) { broker_->connection_lost(connection, now); }
void Engine::advance(TimePoint now) { broker_->advance(now); }
void Engine::shut_down(TimePoint now) { broker_->shut_down(now); }
std::optional<Engine::TimePoint> Engine::next_deadline() const { return broker_->next_deadline(); }
void Engine::hold_back(ConnectionId connection) { broker_->hold_back(connection); }
void Engine::go_on(ConnectionId connection, TimePoint now) { broker_->go_on(connection, now); }
std::vector<Engine::Output> Engine::take_output() { return broker_->take_output(); }
const std::vector<ClientViolation>& Engine::violations() const { return broker_->violations(); }
void Engine::clear_violations() { broker_->clear_violations(); }

}  // namespace mqttspec::mock_broker
