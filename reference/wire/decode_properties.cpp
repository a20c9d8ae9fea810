#include "reference/wire/decode.hpp"
#include "reference/wire/property_sections.hpp"
#include "reference/wire/property_table.hpp"

#include <algorithm>
#include <string>

namespace mqttspec::wire {
namespace {

/// Walks one property block.
class PropertyChecker {
 public:
  PropertyChecker(ByteView block, PropertyPlace place, Judge& judge) : block_(block), place_(place), judge_(judge) {}

  view::PropertiesView check() {
    const std::uint8_t* end = block_.data() + block_.size();
    for (at_ = block_.data(); at_ != end;) {
      start_ = at_;
      rule_ = accepted();
      if (rule_ == nullptr) return {};
      seen_ |= table::bit(rule_->id);
      if (!check_value()) return {};
    }
    return check_authentication() ? view::PropertiesView(block_, seen_) : view::PropertiesView{};
  }

 private:
  std::size_t left() const { return static_cast<std::size_t>(block_.data() + block_.size() - at_); }

  /// The rule for the next identifier, if it may stand here.
  const PropertyRule* accepted() {
    const std::uint32_t id = *at_;
    const PropertyRule* rule = table::find(id);
    if (rule == nullptr) [[unlikely]] {
      refuse_identifier();
      return nullptr;
    }
    ++at_;
    if ((rule->places & table::in(place_)) == 0) [[unlikely]] {
      refuse_place(*rule);
      return nullptr;
    }
    if ((seen_ & table::bit(rule->id)) != 0 && !may_repeat(*rule)) [[unlikely]] {
      judge_.violate(table::section_of(rule->id, place_), ViolationKind::protocol_error, ReasonCode::protocol_error, start_,
                     {"The ", rule->name, " stands more than once"});
      return nullptr;
    }
    return rule;
  }

  bool may_repeat(const PropertyRule& rule) const {
    return rule.repeatable && (rule.id != PropertyId::subscription_identifier || place_ == PropertyPlace::publish_from_server);
  }

  /// An identifier that is none of the 27. It is a Variable Byte Integer, and may be badly written as one.
  [[gnu::cold]] void refuse_identifier() {
    if (integer_is_unfinished())
      return judge_.violate(rules::property_cut_short, start_, {"A property identifier runs past the end of the properties"});
    Cursor in(ByteView(at_, left()), judge_);
    in.variable_byte_integer("property identifier");
    judge_.violate(rules::property_unknown, start_, {"The property identifier is none that the standard defines"});
  }

  [[gnu::cold]] void refuse_place(const PropertyRule& rule) {
    if (rule.id == PropertyId::subscription_identifier && place_ == PropertyPlace::publish_from_client) {
      judge_.violate(rules::subscription_identifier_from_client, start_, {"A PUBLISH from a Client carries a Subscription Identifier"});
    }
    if (rule.id == PropertyId::session_expiry_interval && place_ == PropertyPlace::disconnect_from_server) {
      judge_.violate(rules::session_expiry_from_server, start_, {"A DISCONNECT from the Server carries a Session Expiry Interval"});
    }
    const std::string_view place = place_ == PropertyPlace::will ? "the Will Properties" : name(judge_.type());
    judge_.violate(rules::property_misplaced, start_, {"The ", rule.name, " may not stand in ", place});
  }

  bool check_value() {
    switch (rule_->type) {
      case PropertyType::byte: return fits(1) && in_range(take_integer(1), 1);
      case PropertyType::two_byte_integer: return fits(2) && in_range(take_integer(2), 2);
      case PropertyType::four_byte_integer: return fits(4) && in_range(take_integer(4), 4);
      case PropertyType::variable_byte_integer: return check_variable_byte_integer();
      case PropertyType::utf8_string: return check_string(rules::string_ill_formed, rules::string_with_null);
      case PropertyType::binary_data:
        if (rule_->id == PropertyId::authentication_data) authentication_data_at_ = start_;
        return take_string().data() != nullptr;
      case PropertyType::utf8_string_pair:
        return check_string(rules::string_pair_ill_formed, rules::string_pair_ill_formed) &&
               check_string(rules::string_pair_ill_formed, rules::string_pair_ill_formed);
    }
    return false;
  }

  bool fits(std::size_t bytes) {
    if (left() >= bytes) [[likely]]
      return true;
    judge_.violate(rules::property_cut_short, start_, {"The ", rule_->name, " runs past the end of the properties"});
    return false;
  }

  std::uint32_t take_integer(int bytes) {
    std::uint32_t value = 0;
    for (int i = 0; i < bytes; ++i) value = value << 8 | *at_++;
    return value;
  }

  bool in_range(std::uint32_t value, std::ptrdiff_t bytes) {
    if (value >= rule_->minimum && value <= rule_->maximum) [[likely]]
      return true;
    refuse_value(value, at_ - bytes);
    return false;
  }

  [[gnu::cold]] void refuse_value(std::uint32_t value, const std::uint8_t* at) {
    const std::string number = std::to_string(value);
    if (rule_->id == PropertyId::topic_alias) judge_.violate(rules::topic_alias_0, at, {"The Topic Alias is 0"});
    judge_.violate(table::section_of(rule_->id, place_), ViolationKind::protocol_error, ReasonCode::protocol_error, at,
                   {"The ", rule_->name, " has the forbidden value ", number});
  }

  /// Whether a Variable Byte Integer goes on behind the properties.
  bool integer_is_unfinished() const {
    const ByteView bytes(at_, std::min<std::size_t>(left(), 4));
    return bytes.size() < 4 && std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte >= 0x80; });
  }

  bool check_variable_byte_integer() {
    const std::uint8_t* value_at = at_;
    if (integer_is_unfinished()) [[unlikely]]
      return fits(left() + 1);
    Cursor in(ByteView(at_, left()), judge_);
    const std::uint32_t value = in.variable_byte_integer(rule_->name);
    at_ = in.at();
    return !in.failed() && in_range(value, at_ - value_at);
  }

  /// Without data where it does not fit.
  std::string_view take_string() {
    if (!fits(2)) return {};
    const std::size_t size = take_integer(2);
    if (!fits(size)) return {};
    const std::string_view text(reinterpret_cast<const char*>(at_), size);
    at_ += size;
    return text;
  }

  bool check_string(const Rule& ill_formed, const Rule& with_null) {
    const std::string_view text = take_string();
    if (text.data() == nullptr) return false;
    if (rule_->id == PropertyId::response_topic) return check_response_topic(text);
    return plain::is_plain(text) || judge_.check_text(text, rule_->name, ill_formed, with_null);
  }

  /// The sections on wills do not repeat what MQTT-3.3.2-14 says of PUBLISH, but a Response Topic is a Topic Name there too.
  bool check_response_topic(std::string_view topic) {
    if (!judge_.check_text(topic, rule_->name)) return false;
    return judge_.check_topic_name(topic, rule_->name,
                                   place_ == PropertyPlace::will ? rules::topic_name_wildcard : rules::response_topic_wildcard);
  }

  bool check_authentication() {
    const bool data = (seen_ & table::bit(PropertyId::authentication_data)) != 0;
    const bool method = (seen_ & table::bit(PropertyId::authentication_method)) != 0;
    if (place_ != PropertyPlace::connect || !data || method) [[likely]]
      return true;
    judge_.violate(rules::authentication_data_alone, authentication_data_at_,
                   {"Authentication Data stands without an Authentication Method"});
    return false;
  }

  ByteView block_;
  PropertyPlace place_;
  Judge& judge_;
  std::uint64_t seen_ = 0;
  const std::uint8_t* at_ = nullptr;
  const std::uint8_t* start_ = nullptr;  ///< of the property under way
  const PropertyRule* rule_ = nullptr;   ///< of the same
  const std::uint8_t* authentication_data_at_ = nullptr;
};

}  // namespace

view::PropertiesView check_properties(ByteView block, PropertyPlace place, Judge& judge) {
  return PropertyChecker(block, place, judge).check();
}

}  // namespace mqttspec::wire
