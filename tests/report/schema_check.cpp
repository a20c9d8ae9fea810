#include "tests/report/schema_check.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <regex>

namespace mqttspec::conformance::report {
namespace {

using nlohmann::json;

bool has_type(const json& value, const std::string& type) {
  if (type == "integer") return value.is_number_integer();
  if (type == "number") return value.is_number();
  return value.type_name() == type;
}

class Checker {
 public:
  explicit Checker(const json& root) : root_(root) {}

  void check(const json& value, const json& schema, const std::string& at) {
    for (const auto& [keyword, wanted] : schema.items()) {
      const auto rule = rules_.find(keyword);
      if (rule != rules_.end()) {
        rule->second(value, wanted, schema, at);
      } else if (!is_annotation(keyword)) {
        problems_.push_back("the schema uses " + keyword + ", which this checker does not understand");
      }
    }
  }

  std::vector<std::string> take_problems() { return std::move(problems_); }

 private:
  using Rule = std::function<void(const json& value, const json& wanted, const json& schema, const std::string& at)>;

  static bool is_annotation(const std::string& keyword) {
    constexpr std::array<std::string_view, 5> annotations = {"$schema", "$id", "$defs", "title", "description"};
    return std::ranges::find(annotations, keyword) != annotations.end();
  }

  void demand(bool holds, const std::string& at, const std::string& what) {
    if (!holds) problems_.push_back((at.empty() ? "/" : at) + ": " + what);
  }

  bool accepts(const json& value, const json& schema) const {
    Checker alone(root_);
    alone.check(value, schema, "");
    return alone.problems_.empty();
  }

  void check_properties(const json& value, const json& properties, const json& schema, const std::string& at) {
    for (const auto& [name, member] : value.items()) {
      if (properties.contains(name)) {
        check(member, properties.at(name), at + "/" + name);
      } else {
        demand(schema.value("additionalProperties", true), at, "member " + name + " is not in the schema");
      }
    }
  }

  const json& root_;
  std::vector<std::string> problems_;
  const std::map<std::string, Rule> rules_ = {
      {"type", [this](auto& value, auto& type, auto&, auto& at) { demand(has_type(value, type), at, "must be of type " + type.dump()); }},
      {"const", [this](auto& value, auto& only, auto&, auto& at) { demand(value == only, at, "must be " + only.dump()); }},
      {"enum", [this](auto& value, auto& all, auto&,
                      auto& at) { demand(std::ranges::find(all, value) != all.end(), at, "must be one of " + all.dump()); }},
      {"pattern",
       [this](auto& value, auto& pattern, auto&, auto& at) {
         demand(std::regex_search(value.template get<std::string>(), std::regex(pattern.template get<std::string>())), at,
                "must match " + pattern.dump());
       }},
      {"minimum", [this](auto& value, auto& least, auto&, auto& at) { demand(value >= least, at, "must not be below " + least.dump()); }},
      {"minLength", [this](auto& value, auto& least, auto&,
                           auto& at) { demand(value.template get<std::string>().size() >= least, at, "is too short"); }},
      {"minItems", [this](auto& value, auto& least, auto&, auto& at) { demand(value.size() >= least, at, "has too few items"); }},
      {"required",
       [this](auto& value, auto& names, auto&, auto& at) {
         for (const auto& name : names) demand(value.contains(name.template get<std::string>()), at, "lacks " + name.dump());
       }},
      {"additionalProperties",
       [this](auto&, auto& allowed, auto&, auto& at) { demand(allowed.is_boolean(), at, "additionalProperties must be boolean here"); }},
      {"properties", [this](auto& value, auto& properties, auto& schema, auto& at) { check_properties(value, properties, schema, at); }},
      {"items",
       [this](auto& value, auto& item, auto&, auto& at) {
         for (std::size_t i = 0; i < value.size(); ++i) check(value.at(i), item, at + "/" + std::to_string(i));
       }},
      {"anyOf",
       [this](auto& value, auto& choices, auto&, auto& at) {
         demand(std::ranges::any_of(choices, [&](const json& choice) { return accepts(value, choice); }), at, "fits no choice of anyOf");
       }},
      {"$ref", [this](auto& value, auto& reference, auto&,
                      auto& at) { check(value, root_.at(json::json_pointer(reference.template get<std::string>().substr(1))), at); }},
  };
};

}  // namespace

std::vector<std::string> check_against_schema(std::string_view document, std::string_view schema) {
  const json root = json::parse(schema);
  Checker checker(root);
  checker.check(json::parse(document), root, "");
  return checker.take_problems();
}

}  // namespace mqttspec::conformance::report
