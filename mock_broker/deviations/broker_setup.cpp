#include "mock_broker/deviations/broker_setup.hpp"

#include "mock_broker/deviations/defects.hpp"
#include "mock_broker/deviations/interceptor_chain.hpp"
#include "mock_broker/deviations/variants.hpp"

#include <utility>
#include <vector>

namespace mqttspec::mock_broker {

void BrokerSetup::add(const Defect& defect) {
  if (defect.configure) defect.configure(configuration);
  if (defect.apply) defect.apply(behaviour);
  if (defect.make_interceptor) add(defect.make_interceptor());
  if (defect.change_web_socket) defect.change_web_socket(web_socket);
}

void BrokerSetup::add(const Variant& variant) {
  if (variant.apply) variant.apply(configuration, behaviour);
  if (variant.make_interceptor) add(variant.make_interceptor());
}

void BrokerSetup::add(std::unique_ptr<Interceptor> added) {
  if (!interceptor) {
    interceptor = std::move(added);
    return;
  }
  std::vector<std::unique_ptr<Interceptor>> links;
  links.push_back(std::move(interceptor));
  links.push_back(std::move(added));
  interceptor = std::make_unique<InterceptorChain>(std::move(links));
}

BrokerSetup setup_with(const Defect& defect, Configuration base) {
  BrokerSetup setup{.configuration = std::move(base)};
  setup.add(defect);
  return setup;
}

BrokerSetup setup_with(std::span<const Variant* const> variants, Configuration base) {
  BrokerSetup setup{.configuration = std::move(base)};
  for (const Variant* variant : variants) setup.add(*variant);
  return setup;
}

Engine make_engine(BrokerSetup setup) { return Engine(std::move(setup.configuration), setup.behaviour, std::move(setup.interceptor)); }

}  // namespace mqttspec::mock_broker
