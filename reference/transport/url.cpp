#include "reference/transport/url.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace mqttspec::transport {
namespace {

struct SchemeRow {
  Scheme scheme;
  std::string_view name;
  std::uint16_t port;
  bool has_path;
};

constexpr std::array schemes{
    SchemeRow{Scheme::mqtt, "mqtt", 1883, false},
    SchemeRow{Scheme::mqtts, "mqtts", 8883, false},
    SchemeRow{Scheme::ws, "ws", 80, true},
    SchemeRow{Scheme::wss, "wss", 443, true},
};

/// Names that other programs use for the same schemes.
constexpr std::array<std::pair<std::string_view, std::string_view>, 8> foreign_names{{
    {"tcp", "mqtt"},
    {"mqtt+tcp", "mqtt"},
    {"ssl", "mqtts"},
    {"tls", "mqtts"},
    {"mqtt+ssl", "mqtts"},
    {"mqtt+tls", "mqtts"},
    {"http", "ws"},
    {"https", "wss"},
}};

constexpr std::string_view default_path = "/mqtt";

template <class... Args>
std::unexpected<std::string> wrong(fmt::format_string<Args...> text, Args&&... args) {
  return std::unexpected(fmt::format(text, std::forward<Args>(args)...));
}

const SchemeRow& row_of(Scheme scheme) { return *std::ranges::find(schemes, scheme, &SchemeRow::scheme); }

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

bool is_ipv6(const std::string& text) {
  in6_addr address{};
  return inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

bool belongs_to_a_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

std::unexpected<std::string> unknown_scheme(const std::string& name) {
  const auto* const known = std::ranges::find(foreign_names, name, [](const auto& pair) { return pair.first; });
  if (known != foreign_names.end()) return wrong("use the scheme '{1}' instead of '{0}'", name, known->second);
  return wrong("expected: the scheme mqtt, mqtts, ws or wss; got: '{}'", name);
}

std::expected<std::uint16_t, std::string> parse_port(std::string_view digits) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (digits.empty()) return wrong("expected: a port between 0 and 65535 after the colon; got: none");
  if (error != std::errc{} || end != digits.data() + digits.size() || port > 65'535) {
    return wrong("expected: a port between 0 and 65535; got: '{}'", digits);
  }
  return static_cast<std::uint16_t>(port);
}

struct Authority {
  std::string host;
  std::optional<std::string_view> port;
};

std::expected<Authority, std::string> split_bracketed(std::string_view text) {
  const auto close = text.find(']');
  if (close == std::string_view::npos) return wrong("the bracket before an IPv6 address is not closed; write [::1]");
  std::string host(text.substr(1, close - 1));
  if (!is_ipv6(host)) return wrong("expected: an IPv6 address such as ::1 in brackets; got: '{}'", host);
  const auto rest = text.substr(close + 1);
  if (rest.empty()) return Authority{std::move(host), std::nullopt};
  if (!rest.starts_with(':')) return wrong("expected: a colon and a port after the bracket; got: '{}'", rest);
  return Authority{std::move(host), rest.substr(1)};
}

std::expected<Authority, std::string> split_authority(std::string_view text) {
  if (text.starts_with('[')) return split_bracketed(text);
  const auto colon = text.find(':');
  if (colon != text.rfind(':')) return wrong("expected: an IPv6 address in brackets, as in [::1]:1883; got: '{}'", text);
  const auto host = text.substr(0, colon);
  if (host.empty()) return wrong("the URL has no host; write mqtt://localhost:1883, for example");
  if (const auto bad = std::ranges::find_if_not(host, belongs_to_a_name); bad != host.end()) {
    return wrong("expected: a host of letters, digits, '-', '.' and '_'; got: '{1}' in '{0}'", host, *bad);
  }
  if (colon == std::string_view::npos) return Authority{std::string(host), std::nullopt};
  return Authority{std::string(host), text.substr(colon + 1)};
}

std::expected<std::string, std::string> parse_path(const SchemeRow& row, std::string_view path) {
  if (path.empty()) return std::string(row.has_path ? default_path : "");
  if (!row.has_path) return wrong("expected: {}:// without a path; got: '{}'; use ws:// for MQTT over WebSocket", row.name, path);
  if (path.contains('#')) return wrong("expected: a URL without a fragment; got: '{}'", path.substr(path.find('#')));
  if (!path.starts_with('/')) return wrong("expected: a path before '{}', as in /mqtt{}; got: none", path, path);
  return std::string(path);
}

}  // namespace

std::expected<Url, std::string> parse_url(std::string_view text) {
  if (text.empty()) return wrong("the URL is empty; write mqtt://localhost:1883, for example");
  const auto is_blank = [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7f; };
  if (std::ranges::any_of(text, is_blank)) return wrong("a URL must not contain spaces or control characters");
  const auto mark = text.find("://");
  if (mark == std::string_view::npos) return wrong("'{}' has no scheme; write mqtt://localhost:1883, for example", text);

  const auto name = lower(text.substr(0, mark));
  const auto* const row = std::ranges::find(schemes, name, &SchemeRow::name);
  if (row == schemes.end()) return unknown_scheme(name);

  const auto rest = text.substr(mark + 3);
  const auto end = std::min(rest.find_first_of("/?#"), rest.size());
  const auto before_path = rest.substr(0, end);
  if (before_path.contains('@')) return wrong("a URL must not contain a user name or password");

  auto authority = split_authority(before_path);
  if (!authority) return std::unexpected(std::move(authority.error()));
  auto port = authority->port ? parse_port(*authority->port) : row->port;
  if (!port) return std::unexpected(std::move(port.error()));
  auto path = parse_path(*row, rest.substr(end));
  if (!path) return std::unexpected(std::move(path.error()));
  return Url{.scheme = row->scheme, .host = std::move(authority->host), .port = *port, .path = std::move(*path)};
}

std::string to_string(const Url& url) {
  const auto& row = row_of(url.scheme);
  const bool bracketed = url.host.contains(':');
  return fmt::format("{}://{}{}{}:{}{}", row.name, bracketed ? "[" : "", url.host, bracketed ? "]" : "", url.port,
                     row.has_path ? url.path : "");
}

}  // namespace mqttspec::transport
