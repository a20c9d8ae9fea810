// Makes the inputs that fuzzing begins with, in a folder for each target:
//
//     make_seeds FOLDER [TRAFFIC]
//
// from the generators of packets, and from the suite's own traffic in the form that fuzz/traffic.py writes. The same arguments give the
// same files.

#include "fuzz/change.hpp"
#include "fuzz/script.hpp"
#include "fuzz/target.hpp"
#include "reference/wire/encoder.hpp"
#include "tests/generators/packets.hpp"
#include "tests/generators/text.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

using namespace mqttspec;
using fuzz::Event;
using fuzz::Layout;
using fuzz::Target;
using generators::Choices;
using wire::Bytes;
using wire::Direction;
using wire::ProtocolVersion;

constexpr ProtocolVersion versions[] = {ProtocolVersion::v3_1, ProtocolVersion::v3_1_1, ProtocolVersion::v5_0};
constexpr Direction directions[] = {Direction::client_to_server, Direction::server_to_client};
constexpr std::size_t longest_seed = 4'096;
constexpr unsigned packets_of_each_kind = 8;
constexpr unsigned histories = 60;
constexpr unsigned texts = 100;
/// One history in so many is for a target that lives each of them many times.
constexpr std::size_t endured = 4;

/// Writes seeds, and counts them.
class Corpus {
 public:
  explicit Corpus(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// Long inputs make fuzzing slow, and teach it little.
  void add(std::string_view target, const Bytes& input) {
    if (input.size() > longest_seed) return;
    const auto place = folder_ / target;
    std::filesystem::create_directories(place);
    char name[16];
    std::snprintf(name, sizeof name, "seed-%05zu", ++count_[std::string(target)]);
    std::ofstream file(place / name, std::ios::binary);
    file.write(reinterpret_cast<const char*>(input.data()), static_cast<std::streamsize>(input.size()));
    if (!file.flush()) throw std::runtime_error("cannot write " + (place / name).string());
  }

  const std::map<std::string, std::size_t>& count() const { return count_; }

 private:
  std::filesystem::path folder_;
  std::map<std::string, std::size_t> count_;
};

/// Options whose first byte says version and direction, the others nothing special.
Bytes options(const Layout& layout, ProtocolVersion version, Direction from) {
  Bytes bytes(layout.options);
  bytes[0] = fuzz::option_of({.from = from, .version = version});
  return bytes;
}

void append(Bytes& to, const Bytes& bytes) { to.insert(to.end(), bytes.begin(), bytes.end()); }

Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

std::vector<const Target*> targets_of(std::initializer_list<Layout::Kind> kinds) {
  std::vector<const Target*> found;
  for (const Target& target : fuzz::targets)
    if (std::ranges::find(kinds, target.layout.kind) != kinds.end()) found.push_back(&target);
  return found;
}

// ---- From the generators

/// Each packet alone, and all of one version and direction that were made one behind the other.
void add_packets(Corpus& corpus, const Target& target) {
  for (const auto version : versions) {
    for (const auto from : directions) {
      Choices choices(1);
      Bytes stream = options(target.layout, version, from);
      for (const auto type : generators::packet_types(version, from)) {
        for (unsigned i = 0; i < packets_of_each_kind; ++i) {
          const Bytes packet = wire::encode(generators::packet(choices, type, version, from), version);
          Bytes alone = options(target.layout, version, from);
          append(alone, packet);
          corpus.add(target.name, alone);
          if (stream.size() + packet.size() < longest_seed / 4) append(stream, packet);
        }
      }
      corpus.add(target.name, stream);
    }
  }
}

/// The properties of a packet of 5.0 with nothing else to it: behind first byte, Remaining Length, two bytes of CONNACK, Property Length.
Bytes encoded(const wire::Properties& properties) {
  Bytes bytes = wire::encode(wire::Connack{.properties = properties}, ProtocolVersion::v5_0);
  const auto skip_integer = [&](std::size_t at) {
    while ((bytes[at] & 0x80) != 0) ++at;
    return at + 1;
  };
  const std::size_t begin = skip_integer(skip_integer(1) + 2);
  return {bytes.begin() + static_cast<std::ptrdiff_t>(begin), bytes.end()};
}

void add_properties(Corpus& corpus) {
  Choices choices(2);
  for (unsigned place = 0; place < 16; ++place) {
    for (unsigned i = 0; i < packets_of_each_kind; ++i) {
      Bytes input = {static_cast<std::uint8_t>(place)};
      append(input, encoded(generators::properties(choices, static_cast<wire::PropertyPlace>(1u << place))));
      corpus.add("properties", input);
    }
  }
}

void add_texts(Corpus& corpus) {
  Choices choices(3);
  for (unsigned i = 0; i < texts; ++i) {
    corpus.add("utf8", bytes_of(generators::text(choices)));
    corpus.add("topic", bytes_of(generators::topic_filter(choices, ProtocolVersion::v5_0) + '\xFF' + generators::topic_name(choices)));
  }
}

/// Packets that have to do with each other, answers, losses, and time.
Bytes history(Choices& choices, const Target& target, ProtocolVersion version) {
  constexpr Event::What others[] = {Event::What::answers, Event::What::client_closes, Event::What::time_passes, Event::What::again};
  const bool both_ends = target.layout.kind == Layout::Kind::exchange;
  fuzz::Script script{.options = options(target.layout, version, Direction::client_to_server), .pieces = {}};
  for (auto left = choices.between(4, 24); left > 0; --left) {
    const unsigned slot = choices.below(Event::slots);
    if (choices.once_in(4)) {
      const Event event{.slot = slot, .what = choices.one_of(others), .argument = choices.below(Event::arguments)};
      script.pieces.push_back({.event = {fuzz::first_byte(event)}, .packet = {}});
      continue;
    }
    const bool from_server = both_ends && choices.flag();
    const auto packet = fuzz::related_packet(choices, version, from_server ? Direction::server_to_client : Direction::client_to_server);
    const auto what = from_server ? Event::What::server_packet : Event::What::client_packet;
    script.pieces.push_back(fuzz::piece_of(target.layout, slot, what, wire::encode(packet, version)));
  }
  return fuzz::put_together(script);
}

void add_histories(Corpus& corpus, const Target& target) {
  for (const auto version : versions) {
    Choices choices(4);
    for (unsigned i = 0; i < histories; ++i) {
      const Bytes input = history(choices, target, version);
      if (target.run != fuzz::broker_endurance || i % endured == 0) corpus.add(target.name, input);
    }
  }
}

// ---- From the suite's traffic

Bytes from_hex(std::string_view hex) {
  Bytes bytes;
  for (; hex.size() >= 2; hex.remove_prefix(2)) {
    std::uint8_t byte = 0;
    std::from_chars(hex.data(), hex.data() + 2, byte, 16);
    bytes.push_back(byte);
  }
  return bytes;
}

ProtocolVersion version_named(const std::string& name) {
  for (const auto version : versions)
    if (spec::name(version) == name) return version;
  throw std::runtime_error("no such version: " + name);
}

/// One case of the suite, as far as a target can see it.
class Retelling {
 public:
  Retelling(const Target& target, ProtocolVersion version)
      : target_(target), script_{.options = options(target.layout, version, Direction::client_to_server), .pieces = {}} {}

  void tell(const std::string& what, std::istream& rest) {
    if (what == "passed") return pass(rest);
    unsigned connection = 0;
    std::string hex;
    rest >> connection >> hex;
    const unsigned slot = (connection - 1) % Event::slots;
    if (what == "sent") return packet(slot, connection, Event::What::client_packet, from_hex(hex));
    if (what == "left") return event({.slot = slot, .what = Event::What::client_closes});
    if (!hears_both_ends()) return;
    if (what == "received") packet(slot, connection, Event::What::server_packet, from_hex(hex));
    if (what == "closed") event({.slot = slot, .what = Event::What::server_closes});
  }

  Bytes input() const { return fuzz::put_together(script_); }

 private:
  bool hears_both_ends() const { return target_.layout.kind == Layout::Kind::exchange; }

  void event(const Event& what) { script_.pieces.push_back({.event = {fuzz::first_byte(what)}, .packet = {}}); }

  /// Engines get the client's packets as they are, for the Packet Identifiers are in order.
  void packet(unsigned slot, unsigned connection, Event::What what, const Bytes& bytes) {
    if (connections_.insert(connection).second && connection > Event::slots)
      event({.slot = slot, .what = hears_both_ends() ? Event::What::again : Event::What::client_closes});
    wire::ByteView rest = bytes;
    while (!rest.empty()) {
      const auto frame = fuzz::take_frame(rest);
      Piece piece = fuzz::piece_of(target_.layout, slot, what, {frame.begin(), frame.end()});
      if (!hears_both_ends()) piece.event[0] = fuzz::first_byte({.slot = slot, .what = what, .argument = 1});
      script_.pieces.push_back(std::move(piece));
    }
  }

  /// The longest wait that is not longer: 1 s, 10 s or 15 s, 60 s, as both kinds of histories have them.
  void pass(std::istream& rest) {
    double seconds = 0;
    rest >> seconds;
    const unsigned step = seconds < 10 ? 0 : seconds < 60 ? 1 : 2;
    event({.what = Event::What::time_passes, .argument = step + (hears_both_ends() ? 2u : 1u)});
  }

  using Piece = fuzz::Piece;
  const Target& target_;
  fuzz::Script script_;
  std::set<unsigned> connections_;
};

void add_traffic_as_histories(Corpus& corpus, const Target& target, const std::string& file) {
  std::ifstream traffic(file);
  if (!traffic) throw std::runtime_error("cannot read " + file);
  std::set<Bytes> told;
  std::optional<Retelling> retelling;
  for (std::string line; std::getline(traffic, line);) {
    std::istringstream words(line);
    std::string what;
    words >> what;
    if (what == "mqtt") {
      std::string version;
      words >> version;
      retelling.emplace(target, version_named(version));
    } else if (!what.empty() && retelling) {
      retelling->tell(what, words);
    } else if (retelling && told.insert(retelling->input()).second) {
      if (target.run != fuzz::broker_endurance || told.size() % endured == 0) corpus.add(target.name, retelling->input());
    }
  }
}

/// Every packet once, whatever is wrong with it.
void add_traffic_as_packets(Corpus& corpus, const Target& target, const std::string& file) {
  std::ifstream traffic(file);
  std::set<Bytes> seen;
  ProtocolVersion version{};
  for (std::string line; std::getline(traffic, line);) {
    std::istringstream words(line);
    std::string what, connection, hex;
    words >> what >> connection >> hex;
    if (what == "mqtt") version = version_named(connection);
    if (hex.empty()) continue;
    Bytes input = options(target.layout, version, what == "sent" ? Direction::client_to_server : Direction::server_to_client);
    append(input, from_hex(hex));
    // Topics differ from case to case, and mean nothing here: one packet of each beginning and length.
    Bytes key(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(input.size(), 4)));
    key.push_back(static_cast<std::uint8_t>(std::bit_width(input.size())));
    if (seen.insert(key).second) corpus.add(target.name, input);
  }
}

}  // namespace

int main(int count, char** words) {
  const std::vector<std::string> arguments(words + 1, words + count);
  if (arguments.empty() || arguments.size() > 2) {
    std::fputs("it is make_seeds FOLDER [TRAFFIC]\n", stderr);
    return 2;
  }
  try {
    Corpus corpus(arguments[0]);
    add_properties(corpus);
    add_texts(corpus);
    for (const Target* target : targets_of({Layout::Kind::packets})) {
      add_packets(corpus, *target);
      if (arguments.size() == 2) add_traffic_as_packets(corpus, *target, arguments[1]);
    }
    for (const Target* target : targets_of({Layout::Kind::clients, Layout::Kind::exchange})) {
      add_histories(corpus, *target);
      if (arguments.size() == 2) add_traffic_as_histories(corpus, *target, arguments[1]);
    }
    for (const auto& [target, inputs] : corpus.count()) std::printf("%-18s %5zu seeds\n", target.c_str(), inputs);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "make_seeds: %s\n", error.what());
    return 2;
  }
}
