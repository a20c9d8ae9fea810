#pragma once

#include "conformance/runner/results.hpp"

#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// A baseline says what is known of one broker: a TOML file with a `[[known]]` table (mqtt, case, verdict, why) for each case that does not
/// pass. Every case that it does not list must pass.
namespace mqttspec::conformance {

struct KnownCase {
  ProtocolVersion version = ProtocolVersion::v5_0;
  std::string id;
  Verdict verdict = Verdict::fail;  ///< neither pass, which need not be listed, nor error, which is never right
  std::string why;
};

struct Baseline {
  std::string heading;           ///< the comment lines at the top of the file
  std::vector<KnownCase> known;  ///< 3.1.1 before 5.0, then by case id; no case twice
};

/// Whether a case of this name exists in this version.
using CaseExists = std::function<bool(ProtocolVersion, std::string_view id)>;

/// @param file named in errors
/// @return the baseline, or one line that says where the text is wrong
std::expected<Baseline, std::string> parse_baseline(std::string_view text, const std::string& file, const CaseExists& exists);

/// @return the baseline, or one line: no such file, or what parse_baseline says
std::expected<Baseline, std::string> read_baseline(const std::string& file, const CaseExists& exists);

/// The entry by which a case was to end as it did; null if it is not listed, or ended otherwise.
const KnownCase* entry_that_expects(const Baseline& baseline, const CaseResult& result);

/// A case that went otherwise than the baseline says.
struct Unexpected {
  ProtocolVersion version = ProtocolVersion::v5_0;
  std::string id;
  Verdict expected = Verdict::pass;
  std::optional<Verdict> actual;  ///< nothing: it was to be run and is not among the results
};

/// Which of the cases that a baseline lists must be among the results.
enum class Coverage : std::uint8_t {
  complete,  ///< all of the versions that were run
  partial,   ///< those that happen to be there: the run was of a selection, or was broken off
};

/// What differs, in the order of the results. A case known as flaky may also pass, fail or be inconclusive. Cases that were not run are not
/// missed in a partial run.
std::vector<Unexpected> compare(const RunResult& result, const Baseline& baseline, Coverage coverage);

/// The baseline that `result` matches: `why` is kept of entries that stay, entries of cases that were not run stay, and so does the
/// heading.
Baseline update(const Baseline& old, const RunResult& result);

/// The file's text; the same baseline always gives the same bytes.
std::string to_toml(const Baseline& baseline);

}  // namespace mqttspec::conformance
