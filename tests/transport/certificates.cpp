#include "tests/transport/certificates.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <fstream>
#include <stdexcept>

namespace mqttspec::transport::testing {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

constexpr long day = 86'400;

struct Signed {
  Key key;
  Certificate certificate;
};

void add_extension(X509* certificate, int id, const char* value) {
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, id, value);
  if (extension == nullptr) throw std::runtime_error("extension");
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

/// @param issuer nullptr for a self-signed certificate  @param last_day counted from today
Signed make(const char* name, const Signed* issuer, int extension, const char* value, long last_day = 2) {
  static long serial = 0;
  Signed made{Key(EVP_EC_gen("P-256"), EVP_PKEY_free), Certificate(X509_new(), X509_free)};
  X509* const certificate = made.certificate.get();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -2 * day);
  X509_gmtime_adj(X509_getm_notAfter(certificate), last_day * day);
  X509_set_pubkey(certificate, made.key.get());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name), -1, -1,
                             0);
  X509_set_issuer_name(certificate, X509_get_subject_name(issuer == nullptr ? certificate : issuer->certificate.get()));
  add_extension(certificate, extension, value);
  if (X509_sign(certificate, issuer == nullptr ? made.key.get() : issuer->key.get(), EVP_sha256()) == 0) throw std::runtime_error("sign");
  return made;
}

using File = std::unique_ptr<std::FILE, decltype(&std::fclose)>;

File create(const std::string& name) {
  File file(std::fopen(name.c_str(), "w"), std::fclose);
  if (!file) throw std::runtime_error(name);
  return file;
}

}  // namespace

Certificates::Certificates() {
  std::string name = (std::filesystem::temp_directory_path() / "mqttspec-certificates-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  folder_ = name;
  const auto write = [&](const std::string& what, const Signed& made) {
    PEM_write_X509(create(certificate(what)).get(), made.certificate.get());
    PEM_write_PrivateKey(create(key(what)).get(), made.key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  };
  constexpr const char* names = "DNS:localhost,DNS:broker.test,IP:127.0.0.1";
  const auto authority = make("Authority of the tests", nullptr, NID_basic_constraints, "critical,CA:TRUE");
  write("ca", authority);
  write("server", make("server", &authority, NID_subject_alt_name, names));
  write("client", make("client", &authority, NID_ext_key_usage, "clientAuth"));
  write("stranger", make("stranger", nullptr, NID_subject_alt_name, names));
  write("expired", make("expired", &authority, NID_subject_alt_name, names, -1));
}

Certificates::~Certificates() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

const Certificates& Certificates::made() {
  static const Certificates certificates;
  return certificates;
}

std::string Certificates::file(const std::string& name, const std::string& content) const {
  const auto path = folder_ / name;
  std::ofstream(path) << content;
  return path.string();
}

std::shared_ptr<const TlsClient> trusting_client() { return load_tls_client({.ca_file = Certificates::made().certificate("ca")}).value(); }

std::shared_ptr<const TlsServer> known_server() {
  const auto& files = Certificates::made();
  return load_tls_server({.certificate_file = files.certificate("server"), .key_file = files.key("server")}).value();
}

}  // namespace mqttspec::transport::testing
