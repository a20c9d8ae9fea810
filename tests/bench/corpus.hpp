#pragma once

#include "reference/wire/packet.hpp"

#include <string>
#include <vector>

/// The packets that all codecs are measured on.
namespace mqttspec::bench {

struct Row {
  std::string name;
  wire::Packet packet;  ///< of MQTT 5.0, sent by a client
};

std::vector<Row> corpus();

}  // namespace mqttspec::bench
