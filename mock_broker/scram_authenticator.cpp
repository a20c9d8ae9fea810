#include "mock_broker/scram_authenticator.hpp"

#include <utility>

namespace mqttspec::mock_broker {
namespace {

using Outcome = AuthenticationStep::Outcome;
using Users = std::map<std::string, std::string>;

class ScramAuthentication final : public Authentication {
 public:
  explicit ScramAuthentication(scram::Server server) : server_(std::move(server)) {}

  AuthenticationStep respond(const std::optional<std::string>& data) override {
    const bool may_be_asked = stage_ == Stage::begun && !data;
    if (may_be_asked) {
      stage_ = Stage::asked;  // the Client speaks first, so it is asked to
      return {Outcome::continues};
    }
    const bool is_first = stage_ != Stage::challenged;
    auto answer = is_first ? server_.challenge(data.value_or("")) : server_.finish(data.value_or(""));
    stage_ = Stage::challenged;
    if (!answer) return {Outcome::failed};
    return {is_first ? Outcome::continues : Outcome::succeeded, std::move(*answer)};
  }

 private:
  enum class Stage : std::uint8_t { begun, asked, challenged };

  scram::Server server_;
  Stage stage_ = Stage::begun;
};

/// Verifiers are made when they are needed, as each takes milliseconds.
class ScramAuthenticator final : public Authenticator {
 public:
  ScramAuthenticator(Users users, std::function<std::string()> make_nonce)
      : users_(std::make_shared<const Users>(std::move(users))), make_nonce_(std::move(make_nonce)), salt_(make_nonce_()) {}

  std::string_view method() const override { return scram::method; }
  std::unique_ptr<Authentication> begin() const override {
    const auto lookup = [users = users_, salt = salt_](const std::string& name) -> std::optional<scram::Verifier> {
      const auto user = users->find(name);
      if (user == users->end()) return std::nullopt;
      return scram::make_verifier(user->second, salt + name);
    };
    return std::make_unique<ScramAuthentication>(scram::Server(lookup, make_nonce_()));
  }

 private:
  std::shared_ptr<const Users> users_;
  std::function<std::string()> make_nonce_;
  std::string salt_;
};

}  // namespace

std::shared_ptr<const Authenticator> scram_authenticator(std::map<std::string, std::string> users,
                                                         std::function<std::string()> make_nonce) {
  return std::make_shared<ScramAuthenticator>(std::move(users), std::move(make_nonce));
}

}  // namespace mqttspec::mock_broker
