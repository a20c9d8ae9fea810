#include "reference/scram/scram.hpp"

#include <gtest/gtest.h>

namespace mqttspec::scram {
namespace {

/// The example of RFC 7677, section 3.
constexpr std::string_view client_nonce = "rOprNGfwEbeRWgbNEkqO";
constexpr std::string_view server_nonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
constexpr std::string_view client_first = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
constexpr std::string_view server_first = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
constexpr std::string_view client_final =
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
constexpr std::string_view server_final = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";
const std::string salt = "\x5b\x6d\x99\x68\x9d\x12\x35\x8e\xec\xa0\x4b\x14\x12\x36\xfa\x81";

std::optional<Verifier> lookup(const std::string& name) {
  if (name != "user" && name != "a,b=c") return std::nullopt;
  return make_verifier("pencil", salt);
}
Client client() { return {"user", "pencil", std::string(client_nonce)}; }
Server server() { return Server(&lookup, std::string(server_nonce)); }

TEST(Scram, ClientSaysWhatTheExampleSays) {
  Client user = client();
  EXPECT_EQ(user.first(), client_first);
  EXPECT_EQ(user.reply(server_first), client_final);
  EXPECT_TRUE(user.check(server_final));
}

TEST(Scram, ServerSaysWhatTheExampleSays) {
  Server by = server();
  EXPECT_EQ(by.challenge(client_first), server_first);
  EXPECT_EQ(by.finish(client_final), server_final);
  EXPECT_EQ(by.user_name(), "user");
}

TEST(Scram, ServerTakesAProofOnce) {
  Server by = server();
  by.challenge(client_first);
  EXPECT_TRUE(by.finish(client_final));
  EXPECT_FALSE(by.finish(client_final));
}

bool agrees(Client user, Server by) {
  const auto challenge = by.challenge(user.first());
  const auto reply = challenge ? user.reply(*challenge) : challenge;
  const auto last = reply ? by.finish(*reply) : reply;
  return last && user.check(*last);
}

TEST(Scram, EndsAgreeOnRandomNoncesAndOnNamesWithCommas) {
  EXPECT_TRUE(agrees({"user", "pencil"}, Server(&lookup)));
  EXPECT_TRUE(agrees({"a,b=c", "pencil"}, Server(&lookup)));
  EXPECT_NE(random_nonce(), random_nonce());
}

TEST(Scram, ServerRefusesAWrongPasswordAndAnUnknownUserInTheSameWay) {
  for (Client user : {Client{"user", "pen"}, Client{"nobody", "pencil"}}) {
    Server by = server();
    const auto challenge = by.challenge(user.first());
    ASSERT_TRUE(challenge);
    const auto reply = user.reply(*challenge);
    ASSERT_TRUE(reply);
    const auto last = by.finish(*reply);
    ASSERT_FALSE(last);
    EXPECT_EQ(last.error(), "no such user, or a wrong password");
  }
}

TEST(Scram, ServerRefusesAnotherNonceAndAnotherBinding) {
  std::string other_nonce(client_final);
  other_nonce[10] = 'X';
  std::string other_binding(client_final);
  other_binding.replace(2, 4, "eSws");
  for (const std::string& message : {other_nonce, other_binding, std::string("c=biws"), std::string()}) {
    Server by = server();
    by.challenge(client_first);
    EXPECT_FALSE(by.finish(message)) << message;
  }
}

TEST(Scram, ServerRefusesAFirstMessageThatIsNone) {
  for (const char* message : {"", "n", "n,,", "n,,n=user", "n,,r=x,n=user", "n,,n=,r=x", "n,,n=us=er,r=x",
                              "n,,n=user,r=", "p=tls-unique,,n=user,r=x", "n,a=admin,n=user,r=x"})
    EXPECT_FALSE(server().challenge(message)) << message;
}

TEST(Scram, ClientRefusesAServerThatDoesNotContinueItsNonceOrAsksForTooMuch) {
  for (const char* message : {"", "r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", "r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
                              "r=rOprNGfwEbeRWgbNEkqOx,s=?,i=4096", "r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=0",
                              "r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4000000000"})
    EXPECT_FALSE(client().reply(message)) << message;
}

TEST(Scram, ClientRefusesAServerThatDoesNotKnowThePassword) {
  Client user = client();
  EXPECT_FALSE(user.check(server_final)) << "nothing has been proved yet";
  user.reply(server_first);
  EXPECT_FALSE(user.check("v=AAriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
  EXPECT_FALSE(user.check("e=invalid-proof"));
}

}  // namespace
}  // namespace mqttspec::scram
