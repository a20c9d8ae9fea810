#pragma once

#include "reference/spec/catalogue.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mqttspec::conformance::report {

/// What stands for one statement: the cases that provoke it, the rules of conduct that watch it, the rules of the decoder, the broken
/// brokers that show that they see it.
struct CoveredStatement {
  spec::ProtocolVersion version;
  spec::Statement statement;
  std::vector<std::string> cases{};
  std::vector<std::string> rules{};
  std::vector<std::string> codec{};
  std::vector<std::string> defects{};

  /// Why no packet can show it: "" where something stands for it, or where nothing says why.
  std::string_view why_not() const;
};

std::string_view name(spec::Role role);    ///< "client", "server", "both"
std::string_view name(spec::Level level);  ///< "must", "must not", …

/// `coverage --markdown`: a table for each version.
std::string render_markdown(std::span<const CoveredStatement> statements);

/// For the terminal: how many statements of each version are covered, and which are not.
std::string render_text(std::span<const CoveredStatement> statements);

}  // namespace mqttspec::conformance::report
