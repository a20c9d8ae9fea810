#include "reference/wire/decoder.hpp"
#include "reference/wire/encoder.hpp"
#include "reference/wire/utf8.hpp"
#include "tests/bench/corpus.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

/// The codec's speed. `bench_codec --corpus` prints the corpus for the programs of other codecs, one "NAME <tab> HEX" a line; otherwise the
/// arguments are those of Google Benchmark.
namespace {

/// Every allocation of the program, so that decoding can be shown to make none.
std::size_t allocations = 0;

}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace mqttspec::bench {
namespace {

constexpr auto version = spec::ProtocolVersion::v5_0;
constexpr wire::DecodeContext from_client{.from = wire::Direction::client_to_server, .version = version};

/// As a connection reads it: a buffer of several packets, taken one by one.
void decode(benchmark::State& state, const wire::Packet& packet) {
  const wire::Bytes one = wire::encode(packet, version);
  const std::size_t copies = std::max<std::size_t>(1, 16'384 / one.size());
  wire::Bytes stream;
  for (std::size_t i = 0; i < copies; ++i) stream.insert(stream.end(), one.begin(), one.end());
  wire::Decoder decoder(from_client);
  const std::size_t before = allocations;
  wire::ByteView input;
  for (auto _ : state) {
    if (input.empty()) input = stream;
    auto next = decoder.next(input);
    if (!next || !*next) return state.SkipWithError("the packet is not decoded");
    benchmark::DoNotOptimize(*next);
  }
  if (allocations != before) state.SkipWithError("decoding allocates memory");
}

void encode(benchmark::State& state, const wire::Packet& packet) {
  wire::Bytes out;
  for (auto _ : state) {
    out.clear();
    wire::encode(packet, version, out);
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
}

/// Ready to be sent with the payload left where it lies.
void encode_header(benchmark::State& state, const wire::Publish& packet) {
  wire::Bytes out;
  for (auto _ : state) {
    out.clear();
    wire::encode_publish_header(packet, packet.payload.size(), version, out);
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
}

void count_bytes(benchmark::State& state, std::size_t bytes) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
}

void utf8(benchmark::State& state, const std::string& text) {
  for (auto _ : state) {
    if (!wire::is_valid_utf8(text)) return state.SkipWithError("valid text is refused");
    benchmark::ClobberMemory();
  }
  count_bytes(state, text.size());
}

/// What memory can do here: nothing is looked at faster.
void memory(benchmark::State& state) {
  const std::string text(65'535, 'x');
  for (auto _ : state) benchmark::DoNotOptimize(std::memchr(text.data(), 'y', text.size()));
  count_bytes(state, text.size());
}

std::string repeat(std::string_view piece, std::size_t size) {
  std::string text;
  while (text.size() + piece.size() <= size) text += piece;
  return text;
}

void print_corpus() {
  for (const Row& row : corpus()) {
    fmt::print("{}\t", row.name);
    for (const std::uint8_t byte : wire::encode(row.packet, version)) fmt::print("{:02x}", byte);
    fmt::print("\n");
  }
}

void add_benchmarks(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    benchmark::RegisterBenchmark(("decode/" + row.name).c_str(), [&row](benchmark::State& state) { decode(state, row.packet); });
    const auto* publish = std::get_if<wire::Publish>(&row.packet);
    const bool is_long = publish != nullptr && publish->payload.size() >= 1'024;
    if (is_long)
      benchmark::RegisterBenchmark(("encode/" + row.name).c_str(), [publish](benchmark::State& state) { encode_header(state, *publish); });
    benchmark::RegisterBenchmark(("encode/" + row.name + (is_long ? ", copied" : "")).c_str(),
                                 [&row](benchmark::State& state) { encode(state, row.packet); });
  }
  benchmark::RegisterBenchmark("utf8/ASCII, 64 KiB", utf8, repeat("The quick brown fox. ", 65'535));
  benchmark::RegisterBenchmark("utf8/ASCII, 24 bytes", utf8, repeat("site/7/machine/12/state!", 24));
  benchmark::RegisterBenchmark("utf8/Cyrillic, 64 KiB", utf8, repeat("съешь же ещё этих мягких булок ", 65'535));
  benchmark::RegisterBenchmark("utf8/Japanese, 64 KiB", utf8, repeat("いろはにほへと散りぬるを", 65'535));
  benchmark::RegisterBenchmark("utf8/memchr, 64 KiB", memory);
}

}  // namespace
}  // namespace mqttspec::bench

int main(int count, char** arguments) {
  if (count == 2 && std::string_view(arguments[1]) == "--corpus") {
    mqttspec::bench::print_corpus();
    return 0;
  }
  benchmark::Initialize(&count, arguments);
  if (benchmark::ReportUnrecognizedArguments(count, arguments)) return 2;
  const auto rows = mqttspec::bench::corpus();
  mqttspec::bench::add_benchmarks(rows);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
