#pragma once

#include "mock_broker/deviations/defects.hpp"

#include <span>

/// The parts of the catalogue, by subject. Each is a table in the file of its name.
namespace mqttspec::mock_broker::defect_tables {

std::span<const Defect> connecting();      ///< 3.1, 3.2, Keep Alive, PINGREQ
std::span<const Defect> sessions();        ///< Sessions, Wills, DISCONNECT
std::span<const Defect> subscribing();     ///< SUBSCRIBE to UNSUBACK
std::span<const Defect> matching();        ///< Topic Names and Topic Filters (4.7)
std::span<const Defect> receiving();       ///< messages of Clients and their acknowledgements
std::span<const Defect> delivering();      ///< messages to Clients: QoS, DUP, resending, order, limits
std::span<const Defect> forwarding();      ///< what becomes of a message and its properties
std::span<const Defect> retaining();       ///< retained messages
std::span<const Defect> malformed();       ///< packets tolerated that must not be
std::span<const Defect> undecodable();     ///< packets passed over that end a connection, and packets sent that are none
std::span<const Defect> authenticating();  ///< enhanced authentication, authorization
std::span<const Defect> explaining();      ///< Reason Strings and User Properties that are too long
std::span<const Defect> transporting();    ///< WebSocket

}  // namespace mqttspec::mock_broker::defect_tables
