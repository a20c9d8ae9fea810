#include "reference/link/violation.hpp"

#include "reference/wire/describe.hpp"

namespace mqttspec::link {

std::string to_string(const Violation& violation) {
  return "[" + std::string(violation.clause.text()) + "] client " + wire::quote(violation.client_id) + ", connection " +
         std::to_string(violation.connection) + ", MQTT " + std::string(spec::name(violation.version)) + ": " + violation.explanation;
}

}  // namespace mqttspec::link
