#include "reference/scram/scram.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <array>
#include <charconv>
#include <stdexcept>
#include <utility>
#include <vector>

namespace mqttspec::scram {
namespace {

constexpr std::size_t digest_size = 32;
/// More would let a peer keep us busy.
constexpr std::uint32_t most_iterations = 1'000'000;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

void require(bool worked) {
  if (!worked) throw std::runtime_error("the cryptographic library has failed");
}

std::string hmac(std::string_view key, std::string_view text) {
  std::string result(digest_size, '\0');
  unsigned int size = 0;
  require(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(text), text.size(), bytes_of(result), &size) != nullptr);
  return result;
}

std::string hash(std::string_view text) {
  std::string result(digest_size, '\0');
  require(EVP_Digest(text.data(), text.size(), bytes_of(result), nullptr, EVP_sha256(), nullptr) == 1);
  return result;
}

/// Hi() of RFC 5802.
std::string salted_password(std::string_view password, std::string_view salt, std::uint32_t iterations) {
  std::string result(digest_size, '\0');
  require(PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), bytes_of(salt), static_cast<int>(salt.size()),
                            static_cast<int>(iterations), EVP_sha256(), static_cast<int>(digest_size), bytes_of(result)) == 1);
  return result;
}

std::string exclusive_or(std::string one, std::string_view other) {
  for (std::size_t i = 0; i < one.size(); ++i) one[i] = static_cast<char>(one[i] ^ other[i]);
  return one;
}

bool same_secret(std::string_view one, std::string_view other) {
  return one.size() == other.size() && CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

std::string to_base64(std::string_view data) {
  std::string text((data.size() + 2) / 3 * 4 + 1, '\0');
  text.resize(static_cast<std::size_t>(EVP_EncodeBlock(bytes_of(text), bytes_of(data), static_cast<int>(data.size()))));
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  if (text.empty() || text.size() % 4 != 0) return std::nullopt;
  std::string data(text.size() / 4 * 3, '\0');
  if (EVP_DecodeBlock(bytes_of(data), bytes_of(text), static_cast<int>(text.size())) < 0) return std::nullopt;
  data.resize(data.size() - padding);
  return data;
}

/// ',' and '=' in a name (5.1 of RFC 5802).
std::string escaped(std::string_view name) {
  std::string result;
  for (const char c : name) result += c == ',' ? "=2C" : c == '=' ? "=3D" : std::string(1, c);
  return result;
}

std::optional<std::string> unescaped(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    if (text.front() != '=') {
      result += text.front();
      text.remove_prefix(1);
      continue;
    }
    const std::string_view code = text.substr(0, 3);
    if (code != "=2C" && code != "=3D") return std::nullopt;
    result += code == "=2C" ? ',' : '=';
    text.remove_prefix(3);
  }
  return result;
}

/// The value of the attribute that stands next, which must have this name. @return nothing if it has another one
std::optional<std::string_view> take(std::string_view& message, char name) {
  const std::size_t end = message.find(',');
  const std::string_view attribute = message.substr(0, end);
  if (attribute.size() < 2 || attribute[0] != name || attribute[1] != '=') return std::nullopt;
  message.remove_prefix(end == std::string_view::npos ? message.size() : end + 1);
  return attribute.substr(2);
}

/// printable = %x21-2B / %x2D-7E
bool is_nonce(std::string_view text) {
  for (const char c : text)
    if (c < '!' || c > '~' || c == ',') return false;
  return !text.empty();
}

std::unexpected<std::string> wrong(std::string what) { return std::unexpected(std::move(what)); }

}  // namespace

Verifier make_verifier(std::string_view password, std::string salt, std::uint32_t iterations) {
  const std::string salted = salted_password(password, salt, iterations);
  return {.salt = std::move(salt),
          .iterations = iterations,
          .stored_key = hash(hmac(salted, "Client Key")),
          .server_key = hmac(salted, "Server Key")};
}

std::string random_nonce() {
  std::string bytes(18, '\0');
  require(RAND_bytes(bytes_of(bytes), static_cast<int>(bytes.size())) == 1);
  return to_base64(bytes);
}

// ---------------------------------------------------------------------------------------------------------------- client

Client::Client(std::string user_name, std::string password, std::string nonce)
    : user_name_(std::move(user_name)), password_(std::move(password)), nonce_(std::move(nonce)) {}

std::string Client::first() const { return "n,,n=" + escaped(user_name_) + ",r=" + nonce_; }

std::expected<std::string, std::string> Client::reply(std::string_view server_first) {
  std::string_view rest = server_first;
  const auto nonce = take(rest, 'r');
  const auto salt_text = nonce ? take(rest, 's') : std::nullopt;
  const auto iterations_text = salt_text ? take(rest, 'i') : std::nullopt;
  if (!iterations_text) return wrong("the server's first message is malformed");
  if (!nonce->starts_with(nonce_) || nonce->size() == nonce_.size()) return wrong("the server's nonce does not continue the client's");
  const auto salt = from_base64(*salt_text);
  std::uint32_t iterations = 0;
  const char* const end = iterations_text->data() + iterations_text->size();
  const auto read = std::from_chars(iterations_text->data(), end, iterations);
  const bool is_count = read.ec == std::errc() && read.ptr == end && iterations > 0 && iterations <= most_iterations;
  if (!salt || !is_count) return wrong("the server's first message has no good salt and number of iterations");

  const std::string without_proof = "c=" + to_base64("n,,") + ",r=" + std::string(*nonce);
  const std::string signed_text = "n=" + escaped(user_name_) + ",r=" + nonce_ + "," + std::string(server_first) + "," + without_proof;
  const std::string salted = salted_password(password_, *salt, iterations);
  const std::string client_key = hmac(salted, "Client Key");
  server_signature_ = hmac(hmac(salted, "Server Key"), signed_text);
  return without_proof + ",p=" + to_base64(exclusive_or(client_key, hmac(hash(client_key), signed_text)));
}

std::expected<void, std::string> Client::check(std::string_view server_final) const {
  const auto text = take(server_final, 'v');
  const auto signature = text ? from_base64(*text) : std::nullopt;
  if (!signature) return wrong("the server's last message is malformed, or an error");
  if (server_signature_.empty() || !same_secret(*signature, server_signature_)) return wrong("the server does not know the password");
  return {};
}

// ---------------------------------------------------------------------------------------------------------------- server

Server::Server(Lookup lookup, std::string nonce) : lookup_(std::move(lookup)), nonce_(std::move(nonce)) {}

std::expected<std::string, std::string> Server::challenge(std::string_view client_first) {
  // gs2-header: whether channels are bound, and an authorization identity, which must be that of the user if there is one.
  const std::size_t after_flag = client_first.find(',');
  const std::size_t after_identity = after_flag == std::string_view::npos ? after_flag : client_first.find(',', after_flag + 1);
  if (after_identity == std::string_view::npos) return wrong("the client's first message is malformed");
  const std::string_view flag = client_first.substr(0, after_flag);
  const std::string_view identity = client_first.substr(after_flag + 1, after_identity - after_flag - 1);
  if (flag != "n" && flag != "y") return wrong("channel binding is not supported");
  const std::string_view bare = client_first.substr(after_identity + 1);

  std::string_view rest = bare;
  const auto name_text = take(rest, 'n');
  const auto nonce = name_text ? take(rest, 'r') : std::nullopt;
  const auto name = name_text ? unescaped(*name_text) : std::nullopt;
  if (!nonce || !name || name->empty() || !is_nonce(*nonce)) return wrong("the client's first message is malformed");
  if (!identity.empty() && identity != "a=" + std::string(*name_text)) return wrong("one user cannot act for another");

  user_name_ = *name;
  binding_ = client_first.substr(0, after_identity + 1);
  nonce_ = std::string(*nonce) + nonce_;
  verifier_ = lookup_(user_name_);
  // Nobody shall learn here who is known: an unknown user has a salt, too, and always the same.
  const std::string salt = verifier_ ? verifier_->salt : hash("no such user: " + user_name_).substr(0, 16);
  const std::uint32_t iterations = verifier_ ? verifier_->iterations : 4'096;
  const std::string server_first = "r=" + nonce_ + ",s=" + to_base64(salt) + ",i=" + std::to_string(iterations);
  first_messages_ = std::string(bare) + "," + server_first + ",";
  return server_first;
}

std::expected<std::string, std::string> Server::finish(std::string_view client_final) {
  if (first_messages_.empty()) return wrong("there was no first message");
  const std::size_t proof_at = client_final.rfind(",p=");
  if (proof_at == std::string_view::npos) return wrong("the client's last message is malformed");
  const std::string_view without_proof = client_final.substr(0, proof_at);
  std::string_view rest = without_proof;
  const auto binding = take(rest, 'c');
  const auto nonce = binding ? take(rest, 'r') : std::nullopt;
  const auto proof = from_base64(client_final.substr(proof_at + 3));
  if (!nonce || !proof || proof->size() != digest_size) return wrong("the client's last message is malformed");
  if (from_base64(*binding) != binding_) return wrong("the client's two messages differ in channel binding");
  if (*nonce != nonce_) return wrong("the nonce is another one");
  if (!verifier_) return wrong("no such user, or a wrong password");

  const std::string signed_text = first_messages_ + std::string(without_proof);
  const std::string client_key = exclusive_or(*proof, hmac(verifier_->stored_key, signed_text));
  if (!same_secret(hash(client_key), verifier_->stored_key)) return wrong("no such user, or a wrong password");
  first_messages_.clear();  // a proof is good for once
  return "v=" + to_base64(hmac(verifier_->server_key, signed_text));
}

}  // namespace mqttspec::scram
