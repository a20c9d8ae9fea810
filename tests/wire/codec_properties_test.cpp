#include "reference/wire/decoder.hpp"
#include "reference/wire/describe.hpp"
#include "reference/wire/encoder.hpp"
#include "reference/wire/utf8.hpp"
#include "tests/generators/arbitrary.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>

/// What holds for every packet. The packets are the same in every run; the environment variable RC_PARAMS asks for others:
/// RC_PARAMS="seed=42 max_success=100000".
namespace mqttspec::wire::testing {
namespace {

using generators::any_sample;
using generators::any_stream;
using generators::Sample;
using generators::Stream;

/// Checks a property on `count` inputs; a counter-example fails the test after it has been shrunk.
template <class Property>
void for_all(int count, Property property) {
  rc::detail::TestParams params;
  params.seed = 1;
  params.maxSuccess = count;
  if (std::getenv("RC_PARAMS") != nullptr) params = rc::detail::configuration().testParams;
  const auto result = rc::detail::checkTestable(property, rc::detail::TestMetadata{}, params);
  std::ostringstream message;
  rc::detail::printResultMessage(result, message);
  EXPECT_TRUE(result.template is<rc::detail::SuccessResult>()) << message.str();
}

DecodeContext context_of(const auto& sample) { return {.from = sample.from, .version = sample.version}; }

Bytes bytes_of(const Sample& sample) { return encode(sample.packet, sample.version); }

std::string text_of(const std::expected<Packet, Violation>& result, ProtocolVersion version) {
  if (!result) return result.error().explanation;
  return describe(*result, version);
}

/// A number from 0 to limit - 1 that RapidCheck shows and shrinks.
std::size_t any_below(std::size_t limit) { return *rc::gen::inRange<std::size_t>(0, limit); }

/// Everything that a decoder promises of any bytes.
void check_verdict(ByteView bytes, const DecodeContext& context) {
  const auto decoded = decode_view(bytes, context);
  if (!decoded) {
    RC_ASSERT(decoded.error().offset <= bytes.size());
    RC_ASSERT(!decoded.error().explanation.empty());
    RC_ASSERT(!decoded.error().clause.text().empty());
    return;
  }
  const Packet packet = to_owned(decoded->packet);
  RC_ASSERT(is_valid_utf8(describe(packet, context.version)));
  RC_ASSERT(decoded->bytes.size() == bytes.size());
  if (decoded->violation) {
    RC_ASSERT(decoded->violation->rule->readability == Readability::readable);
    RC_ASSERT(decoded->violation->offset <= bytes.size());
    RC_ASSERT(!decoded->violation->explanation.empty());
    RC_ASSERT(!decoded->violation->clause.text().empty());
    return;
  }
  const auto* connect = std::get_if<Connect>(&packet);
  const ProtocolVersion version = connect != nullptr ? connect->version : context.version;
  // 3.1 leaves bytes unused and fields away, and before 5.0 a Remaining Length need not be minimal.
  if (version == ProtocolVersion::v3_1 || encoded_size(packet, version) != bytes.size()) {
    RC_ASSERT(version != ProtocolVersion::v5_0);
    return;
  }
  RC_ASSERT(std::ranges::equal(encode(packet, version), bytes));
}

/// What a stream decoder makes of bytes in pieces of the given sizes, and of one piece with the rest.
struct Received {
  std::vector<Packet> packets;
  std::optional<Violation> violation;  ///< the first, whether its packet can be read or not
  std::size_t buffered = 0;
};

Received receive(ByteView bytes, const DecodeContext& context, const std::vector<std::size_t>& pieces) {
  Received received;
  Decoder decoder(context);
  const auto feed = [&](ByteView input) {
    while (!input.empty() && !received.violation) {
      const auto next = decoder.next(input);
      if (!next) received.violation = next.error();
      if (next && *next) received.violation = (*next)->violation;
      if (next && *next) received.packets.push_back(to_owned((*next)->packet));
    }
  };
  for (const std::size_t size : pieces) {
    // A piece of its own, so that a sanitizer sees views that outlive it.
    const Bytes piece(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(std::min(size, bytes.size())));
    feed(piece);
    bytes = bytes.subspan(piece.size());
  }
  feed(bytes);
  received.buffered = decoder.buffered();
  return received;
}

TEST(AnyPacket, IsDecodedAsItWasEncoded) {
  for_all(3000, [] {
    const Sample sample = *any_sample();
    const auto decoded = decode(bytes_of(sample), context_of(sample));
    if (!decoded || !(*decoded == sample.packet)) RC_FAIL("came back as: " + text_of(decoded, sample.version));
  });
}

TEST(AnyPacket, IsEncodedAsItWasDecodedInTheSizeThatWasMeasured) {
  for_all(2000, [] {
    const Sample sample = *any_sample();
    const Bytes bytes = bytes_of(sample);
    RC_ASSERT(encoded_size(sample.packet, sample.version) == bytes.size());
    check_verdict(bytes, context_of(sample));
  });
}

TEST(AnyPublish, HasAHeaderThatCanBeSentBeforeItsPayload) {
  for_all(500, [] {
    const Sample sample = *rc::gen::suchThat(any_sample(), [](const Sample& s) { return type_of(s.packet) == PacketType::publish; });
    const auto& publish = std::get<Publish>(sample.packet);
    Bytes bytes = encode_publish_header(publish, publish.payload.size(), sample.version);
    bytes.insert(bytes.end(), publish.payload.begin(), publish.payload.end());
    RC_ASSERT(bytes == bytes_of(sample));
  });
}

TEST(AnyStream, GivesTheSamePacketsHoweverItIsCut) {
  for_all(1500, [] {
    const Stream stream = *any_stream();
    Bytes bytes;
    for (const Packet& packet : stream.packets) encode(packet, stream.version, bytes);
    const bool tiny = bytes.size() < 500 && any_below(3) == 0;
    const auto pieces = tiny ? std::vector<std::size_t>(bytes.size(), 1)
                             : *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, bytes.size() / 2 + 2));

    const Received received = receive(bytes, context_of(stream), pieces);

    RC_ASSERT(!received.violation);
    RC_ASSERT(received.packets == stream.packets);
    RC_ASSERT(received.buffered == 0u);
  });
}

TEST(AnyPacket, IsIncompleteWithoutItsLastBytes) {
  for_all(1500, [] {
    const Sample sample = *any_sample();
    const Bytes whole = bytes_of(sample);
    const ByteView prefix = ByteView(whole).first(any_below(whole.size()));

    const Received received = receive(prefix, context_of(sample), {any_below(prefix.size() + 1)});
    RC_ASSERT(!received.violation);
    RC_ASSERT(received.packets.empty());
    RC_ASSERT(received.buffered == prefix.size());

    const auto decoded = decode_view(prefix, context_of(sample));
    RC_ASSERT(!decoded);
    RC_ASSERT(decoded.error().kind() == ViolationKind::malformed);
    RC_ASSERT(decoded.error().offset == prefix.size());
    RC_ASSERT(decoded.error().clause.text() == (sample.version == ProtocolVersion::v5_0 ? "2.1.4" : "2.2.3"));
  });
}

TEST(AnyPacket, WithOneBitFlippedIsRefusedOrValid) {
  for_all(3000, [] {
    const Sample sample = *any_sample();
    Bytes bytes = bytes_of(sample);
    // Of a long packet the beginning has all that is not text.
    const std::size_t bit = any_below(std::min<std::size_t>(bytes.size(), 300) * 8);
    bytes[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    check_verdict(bytes, context_of(sample));
  });
}

TEST(AnyPacket, IsJudgedTheSameWholeAndInPieces) {
  for_all(2000, [] {
    const Sample sample = *any_sample();
    Bytes bytes = bytes_of(sample);
    const std::size_t at = any_below(std::min<std::size_t>(bytes.size(), 300));
    bytes[at] = static_cast<std::uint8_t>(any_below(256));
    const DecodeContext context = context_of(sample);

    const auto whole = decode(bytes, context);
    const Received pieces = receive(bytes, context, std::vector<std::size_t>(std::min<std::size_t>(bytes.size(), 300), 1));

    // Where the length was hit, the stream waits for more, or sees another packet.
    if (!pieces.violation && pieces.buffered != 0) {
      RC_ASSERT(!whole);
      return;
    }
    const bool same_extent = whole || (whole.error().clause.text() != "2.1.4" && whole.error().clause.text() != "2.2.3");
    if (!same_extent) return;
    RC_ASSERT(pieces.violation.has_value() == !whole);
    if (whole) {
      RC_ASSERT(pieces.packets == std::vector<Packet>{*whole});
      return;
    }
    RC_ASSERT(pieces.violation->clause.text() == whole.error().clause.text());
    RC_ASSERT(pieces.violation->offset == whole.error().offset);
    RC_ASSERT(pieces.violation->explanation == whole.error().explanation);
  });
}

TEST(AnyBytes, AreRefusedOrValid) {
  for_all(3000, [] {
    Bytes bytes = *rc::gen::container<Bytes>(rc::gen::arbitrary<std::uint8_t>());
    const bool framed = any_below(4) != 0 && bytes.size() > 2 && bytes.size() < 129;
    if (framed) bytes[1] = static_cast<std::uint8_t>(bytes.size() - 2);
    const DecodeContext context{.from = any_below(2) == 0 ? Direction::client_to_server : Direction::server_to_client,
                                .version = *rc::gen::element(ProtocolVersion::v5_0, ProtocolVersion::v3_1_1, ProtocolVersion::v3_1)};
    check_verdict(bytes, context);
  });
}

/// A view's properties and those of the packet that owns them.
void check_same(const view::PropertiesView& seen, const Properties& owned) {
  RC_ASSERT(to_owned(seen) == owned);
  for (const PropertyRule& rule : property_rules()) RC_ASSERT(seen.has(rule.id) == owned.has(rule.id));
  const auto strings = seen.all(prop::user_property);
  const auto owned_strings = owned.all(prop::user_property);
  RC_ASSERT(strings.size() == owned_strings.size());
  RC_ASSERT(seen.all(prop::subscription_identifier) == owned.all(prop::subscription_identifier));
  RC_ASSERT(seen.get(prop::reason_string).has_value() == owned.get(prop::reason_string).has_value());
  if (seen.get(prop::content_type)) RC_ASSERT(*seen.get(prop::content_type) == *owned.get(prop::content_type));
}

TEST(AnyPacket, IsTheSameAsAViewAndAsAnOwner) {
  for_all(1500, [] {
    const Sample sample = *any_sample();
    const Bytes bytes = bytes_of(sample);
    const auto decoded = decode_view(bytes, context_of(sample));
    RC_ASSERT(decoded);
    RC_ASSERT(type_of(decoded->packet) == type_of(sample.packet));
    std::visit(
        [&](const auto& view) {
          if constexpr (requires { view.properties; }) {
            std::visit(
                [&](const auto& owned) {
                  if constexpr (requires { owned.properties; }) check_same(view.properties, owned.properties);
                },
                sample.packet);
          }
          if constexpr (requires { view.payload; }) {
            const auto* first = reinterpret_cast<const std::uint8_t*>(view.payload.data());
            RC_ASSERT(first >= bytes.data());
            RC_ASSERT(first + view.payload.size() == bytes.data() + bytes.size());
          }
        },
        decoded->packet);
  });
}

}  // namespace
}  // namespace mqttspec::wire::testing
