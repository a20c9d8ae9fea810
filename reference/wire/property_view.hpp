#pragma once

#include "reference/wire/property.hpp"

#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// Properties that stay in the packet's bytes.
namespace mqttspec::wire::view {

/// A UTF-8 String Pair in the packet's bytes.
using StringPair = std::pair<std::string_view, std::string_view>;

/// One property in the packet's bytes; what wire::Property is with views.
struct Property {
  PropertyId id;
  std::variant<std::uint32_t, std::string_view, StringPair> value;
};

/// What a PropertyKey<Value> yields here: string_view for std::string, StringPair for wire::StringPair.
template <class Value>
struct ValueOf {
  using type = Value;
};
template <>
struct ValueOf<std::string> {
  using type = std::string_view;
};
template <>
struct ValueOf<wire::StringPair> {
  using type = StringPair;
};

/// A property block that the decoder has found to be readable, read again each time it is iterated.
class PropertiesView {
 public:
  class Iterator {
   public:
    using value_type = Property;
    using difference_type = std::ptrdiff_t;

    Iterator() = default;
    explicit Iterator(const std::uint8_t* at) : at_(at) {}
    Property operator*() const { return read().first; }
    /// The property's first byte.
    const std::uint8_t* at() const { return at_; }
    Iterator& operator++() {
      at_ = read().second;
      return *this;
    }
    Iterator operator++(int) {
      const Iterator before = *this;
      ++*this;
      return before;
    }
    bool operator==(const Iterator&) const = default;

   private:
    /// The property, and where the next one begins.
    std::pair<Property, const std::uint8_t*> read() const;

    const std::uint8_t* at_ = nullptr;
  };

  PropertiesView() = default;
  /// @param block   properties without their Property Length, already checked
  /// @param present a bit (1 << id) for each property in it
  PropertiesView(ByteView block, std::uint64_t present) : block_(block), present_(present) {}

  /// The first value of this property.
  template <class Value>
  std::optional<typename ValueOf<Value>::type> get(PropertyKey<Value> key) const {
    if (!has(key.id)) return std::nullopt;
    for (const Property& item : *this)
      if (item.id == key.id) return std::get<typename ValueOf<Value>::type>(item.value);
    return std::nullopt;
  }

  /// All values of a repeatable property, in order. Allocates; iterate where that matters.
  template <class Value>
  std::vector<typename ValueOf<Value>::type> all(PropertyKey<Value> key) const {
    std::vector<typename ValueOf<Value>::type> values;
    if (!has(key.id)) return values;
    for (const Property& item : *this)
      if (item.id == key.id) values.push_back(std::get<typename ValueOf<Value>::type>(item.value));
    return values;
  }

  bool has(PropertyId id) const { return (present_ >> std::to_underlying(id) & 1) != 0; }
  bool empty() const { return block_.empty(); }
  ByteView bytes() const { return block_; }

  Iterator begin() const { return Iterator(block_.data()); }
  Iterator end() const { return Iterator(block_.data() + block_.size()); }

 private:
  ByteView block_;
  std::uint64_t present_ = 0;
};

}  // namespace mqttspec::wire::view
