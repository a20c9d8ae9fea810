#pragma once

#include "fuzz/history.hpp"
#include "fuzz/target.hpp"
#include "reference/wire/types.hpp"

#include <vector>

namespace mqttspec::fuzz {

/// One packet of an input, with the event that brings it; or an event without a packet.
struct Piece {
  wire::Bytes event;   ///< empty where the input is packets alone
  wire::Bytes packet;  ///< empty where the event brings none
};

/// An input taken apart, to be changed and put together again.
struct Script {
  wire::Bytes options;
  std::vector<Piece> pieces;
};

Script take_apart(wire::ByteView input, const Layout& layout);
wire::Bytes put_together(const Script& script);

/// A piece of an input of this layout that brings a packet.
Piece piece_of(const Layout& layout, unsigned slot, Event::What what, wire::Bytes packet);

}  // namespace mqttspec::fuzz
