#include "reference/link/trace.hpp"

#include "reference/wire/decoder.hpp"
#include "reference/wire/describe.hpp"

#include <algorithm>

namespace mqttspec::link {

std::size_t TraceRecorder::memory_of(const Entry& entry) {
  return sizeof(Entry) + entry.line.client.size() + entry.line.text.size() + entry.line.bytes.size();
}

/// The text that the line already has is a remark.
void TraceRecorder::describe(Entry& entry) {
  if (!entry.is_packet) return;
  entry.is_packet = false;
  const auto from = entry.line.kind == TraceLine::Kind::sent ? wire::Direction::client_to_server : wire::Direction::server_to_client;
  const auto decoded = wire::decode_view(entry.line.bytes, {.from = from, .version = entry.version});
  const std::string text = decoded ? wire::describe(wire::to_owned(decoded->packet), entry.version) : decoded.error().explanation;
  entry.line.text = text + entry.line.text;
}

void TraceRecorder::add(TraceLine line, wire::ByteView bytes) { keep({.line = std::move(line)}, bytes); }

void TraceRecorder::add_packet(TraceLine line, wire::ByteView bytes, spec::ProtocolVersion version) {
  Entry entry{.line = std::move(line), .is_packet = true, .version = version};
  // What is cut cannot be described later.
  if (bytes.size() > longest_packet && !paused_) {
    entry.line.bytes.assign(bytes.begin(), bytes.end());
    describe(entry);
  }
  keep(std::move(entry), bytes);
}

void TraceRecorder::keep(Entry entry, wire::ByteView bytes) {
  if (paused_ || limits_.first + limits_.last == 0) return;
  const auto kept = bytes.first(std::min(bytes.size(), longest_packet));
  entry.line.bytes.assign(kept.begin(), kept.end());
  entry.line.bytes.shrink_to_fit();
  if (kept.size() < bytes.size()) entry.line.size = bytes.size();
  const auto memory = memory_of(entry);
  if (last_.empty() && left_out_ == 0 && first_bytes_ + memory <= limits_.first) {
    first_bytes_ += memory;
    first_.push_back(std::move(entry));
    return;
  }
  last_bytes_ += memory;
  last_.push_back(std::move(entry));
  while (last_bytes_ > limits_.last && last_.size() > 1) {
    last_bytes_ -= memory_of(last_.front());
    last_.pop_front();
    ++left_out_;
  }
}

void TraceRecorder::remark(std::string_view text) {
  if (paused_ || (first_.empty() && last_.empty())) return;
  Entry& latest = last_.empty() ? first_.back() : last_.back();
  latest.line.text += text;
  (last_.empty() ? first_bytes_ : last_bytes_) += text.size();
}

Trace TraceRecorder::snapshot() const {
  std::vector<TraceLine> lines;
  lines.reserve(first_.size() + last_.size() + 1);
  const auto add = [&lines](Entry entry) {
    describe(entry);
    lines.push_back(std::move(entry.line));
  };
  for (const Entry& entry : first_) add(entry);
  if (left_out_ > 0) lines.push_back({.at = last_.front().line.at, .text = std::to_string(left_out_) + " lines are omitted here"});
  for (const Entry& entry : last_) add(entry);
  return Trace(std::move(lines));
}

Trace TraceRecorder::take() {
  Trace taken = snapshot();
  *this = TraceRecorder(limits_);
  return taken;
}

}  // namespace mqttspec::link
