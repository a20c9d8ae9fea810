#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

/// SCRAM-SHA-256 (RFC 5802, RFC 7677) without channel binding, for the Authentication Data of MQTT 5.0 (4.12). Both ends are plain objects:
/// a message goes in, the next one comes out, and an error ends the exchange. User names and passwords are taken as they are, without
/// SASLprep.
namespace mqttspec::scram {

inline constexpr std::string_view method = "SCRAM-SHA-256";

/// What a server keeps of a password.
struct Verifier {
  std::string salt;
  std::uint32_t iterations;
  std::string stored_key;
  std::string server_key;
};

/// @param salt bytes, not base64  @param iterations 4096 at least, says RFC 7677
Verifier make_verifier(std::string_view password, std::string salt, std::uint32_t iterations = 4'096);

/// Printable, and not to be guessed.
std::string random_nonce();

/// The end that proves who it is: first(), reply(), check().
class Client {
 public:
  Client(std::string user_name, std::string password, std::string nonce = random_nonce());

  /// The client-first-message.
  std::string first() const;
  /// @param server_first what the server answered  @return the client-final-message, or what is wrong
  std::expected<std::string, std::string> reply(std::string_view server_first);
  /// Whether the server knows the password, too. @param server_final its last message
  std::expected<void, std::string> check(std::string_view server_final) const;

 private:
  std::string user_name_;
  std::string password_;
  std::string nonce_;
  std::string server_signature_{};  ///< expected; empty before reply()
};

/// The end that asks: challenge(), finish().
class Server {
 public:
  /// @return nothing for an unknown user, who then fails as one with a wrong password does
  using Lookup = std::function<std::optional<Verifier>(const std::string& user_name)>;

  explicit Server(Lookup lookup, std::string nonce = random_nonce());

  /// @param client_first the client's first message  @return the server-first-message, or what is wrong
  std::expected<std::string, std::string> challenge(std::string_view client_first);
  /// @param client_final its second message  @return the server-final-message: the client has proved that it knows the password
  std::expected<std::string, std::string> finish(std::string_view client_final);
  /// Whom the client claims to be.
  const std::string& user_name() const { return user_name_; }

 private:
  Lookup lookup_;
  std::string nonce_;
  std::string user_name_{};
  std::string binding_{};         ///< the GS2 header of the first message, which the last one repeats
  std::string first_messages_{};  ///< the part of the signed text that is known before the last message
  std::optional<Verifier> verifier_{};
};

}  // namespace mqttspec::scram
