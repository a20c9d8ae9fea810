#pragma once

#include "conformance/harness/case.hpp"
#include "conformance/runner/baseline.hpp"
#include "conformance/runner/runner.hpp"

#include <optional>
#include <string>
#include <vector>

/// The names that a command line or a baseline may use.
namespace mqttspec::conformance::cli {

/// Answers for the cases of the table and for the rules of conduct, which are reported like cases ("conduct/dup-on-qos-0").
class KnownNames {
 public:
  explicit KnownNames(const std::vector<Case>& cases);

  bool has_case(ProtocolVersion version, std::string_view id) const;
  /// The first pattern of --only or --skip that selects nothing in the versions that are run: most likely a slip.
  std::optional<std::string> idle_pattern(const RunOptions& options) const;

 private:
  std::vector<Case> cases_;
};

}  // namespace mqttspec::conformance::cli
