#pragma once

#include "reference/spec/catalogue.hpp"

#include <string_view>

namespace mqttspec::spec {

/// A statement that no packet can show to be kept or broken.
struct Unobservable {
  Requirement requirement;
  std::string_view why;  ///< one sentence
};

inline constexpr Unobservable unobservable_statements[] = {
    {{"MQTT-4.7.3-3", "MQTT-4.7.3-3"}, "The two bytes of its length cannot say more than 65,535: no packet can hold a longer string."},
    {{"MQTT-4.8.0-2", ""}, "A Transient Error, such as a lack of memory, cannot be brought about from outside without harming the broker."},
    {{"MQTT-4.5.0-2", "MQTT-4.5.0-2"}, "The standard sets no time for the acknowledgement, so one that has not come may always come yet."},
    {{"MQTT-3.14.4-1", ""}, "The standard sets no time for a client's closing, and what it sends behind DISCONNECT has a rule of its own."},
    {{"", "MQTT-3.2.2-4"}, "Whether a client still has its Session State is known to the client alone."},
    {{"", "MQTT-3.3.4-8"}, "A client that sends nothing while its send quota is used up may have nothing to send."},
    {{"MQTT-7.0.0-1", ""}, "What a broker does as a client of other brokers cannot be seen on the connections that are made to it."},
    {{"MQTT-7.1.2-1", ""}, "A client that has connected has shown it, and one that cannot connect sends no packet."},
};

/// "" where a statement is none of them.
constexpr std::string_view why_unobservable(ProtocolVersion version, std::string_view id) {
  for (const Unobservable& one : unobservable_statements)
    if (one.requirement.in(version).text() == id) return one.why;
  return "";
}

}  // namespace mqttspec::spec
