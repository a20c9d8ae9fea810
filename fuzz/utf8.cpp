// check_utf8 and find_ill_formed_utf8 against a plain decoder.

#include "reference/wire/utf8.hpp"
#include "fuzz/models.hpp"
#include "fuzz/target.hpp"

namespace mqttspec::fuzz {
namespace {

using Place = wire::Utf8Result::Place;

bool same(const std::optional<Place>& one, const std::optional<Place>& other) {
  if (!one || !other) return one.has_value() == other.has_value();
  return one->finding == other->finding && one->offset == other->offset;
}

std::optional<std::size_t> first_ill_formed(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto character = model::first_character(text.substr(at));
    if (!character) return at;
    at += character->size;
  }
  return std::nullopt;
}

}  // namespace

void utf8(wire::ByteView input) {
  const std::string_view text = text_of(input);
  const auto found = wire::check_utf8(text);
  const auto expected = model::check_utf8(text);
  check(same(found.error, expected.error), "check_utf8 errs about what is forbidden");
  check(same(found.remark, expected.remark), "check_utf8 errs about what is advised against");
  check(wire::is_valid_utf8(text) == !expected.error.has_value(), "is_valid_utf8 errs");
  check(wire::find_ill_formed_utf8(text) == first_ill_formed(text), "find_ill_formed_utf8 errs");
}

}  // namespace mqttspec::fuzz
