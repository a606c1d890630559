#include "server/access/certificate.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "common/base/sha256.h"
#include "common/base/status.h"
#include "common/platform/files.h"

namespace powerdown {
namespace {

// RFC 5280, 4.1.2.5: no well-defined expiration. Clients pin the certificate, so its dates protect
// nobody; a clock that is wrong, here or there, would only lock paired computers out.
constexpr char kNotBefore[] = "19700101000000Z";
constexpr char kNotAfter[] = "99991231235959Z";
// A certificate with dates is renewed so long before its end.
constexpr absl::Duration kRenewBefore = absl::Hours(24 * 30);
constexpr WriteOptions kSecret = {.mode = kOwnerOnly, .is_synced = true};

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using X509Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Bio = std::unique_ptr<BIO, decltype(&BIO_free_all)>;

Bio MemoryBio() {
  return {BIO_new(BIO_s_mem()), BIO_free_all};
}

Bio BioOf(const std::string& text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free_all};
}

std::string TextOf(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<size_t>(size)};
}

std::string FingerprintOf(X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate, &der);
  if (size <= 0) return "";
  const std::string hash =
      Sha256Hex({reinterpret_cast<const char*>(der), static_cast<size_t>(size)});
  OPENSSL_free(der);
  return hash;
}

bool AddExtension(X509* certificate, int kind, const char* value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value);
  if (extension == nullptr) return false;
  const bool is_added = X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return is_added;
}

bool SetTimes(X509* certificate) {
  return ASN1_TIME_set_string_X509(X509_getm_notBefore(certificate), kNotBefore) == 1 &&
         ASN1_TIME_set_string_X509(X509_getm_notAfter(certificate), kNotAfter) == 1;
}

bool IsValidAt(X509* certificate, absl::Time time) {
  time_t seconds = absl::ToTimeT(time);
  return X509_cmp_time(X509_get0_notBefore(certificate), &seconds) < 0 &&
         X509_cmp_time(X509_get0_notAfter(certificate), &seconds) > 0;
}

bool SetSerial(X509* certificate) {
  unsigned char random[8];
  if (RAND_bytes(random, sizeof(random)) != 1) return false;
  uint64_t serial = 0;
  for (const unsigned char byte : random) serial = serial << 8 | byte;
  return ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1) == 1;
}

absl::StatusOr<Certificate> MakeCertificate(const Key& key) {
  const X509Certificate made(X509_new(), X509_free);
  X509_NAME* name = made ? X509_get_subject_name(made.get()) : nullptr;
  const auto* common_name = reinterpret_cast<const unsigned char*>(kCertificateName);
  const std::string alternative = absl::StrCat("DNS:", kCertificateName);
  const bool is_made =
      key && made && X509_set_version(made.get(), 2) == 1 && SetSerial(made.get()) &&
      SetTimes(made.get()) &&
      X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common_name, -1, -1, 0) == 1 &&
      X509_set_issuer_name(made.get(), name) == 1 && X509_set_pubkey(made.get(), key.get()) == 1 &&
      AddExtension(made.get(), NID_subject_alt_name, alternative.c_str()) &&
      AddExtension(made.get(), NID_basic_constraints, "critical,CA:TRUE") &&
      X509_sign(made.get(), key.get(), EVP_sha256()) != 0;
  const Bio certificate_pem = MemoryBio();
  const Bio key_pem = MemoryBio();
  if (!is_made || PEM_write_bio_X509(certificate_pem.get(), made.get()) != 1 ||
      PEM_write_bio_PrivateKey(key_pem.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) !=
          1) {
    return absl::InternalError("OpenSSL could not create a certificate");
  }
  return Certificate{TextOf(certificate_pem.get()), TextOf(key_pem.get()),
                     FingerprintOf(made.get())};
}

}  // namespace

absl::StatusOr<Certificate> EnsureCertificate(const std::string& folder, absl::Time now) {
  const std::string certificate_path = folder + "/certificate.pem";
  const std::string key_path = folder + "/key.pem";
  const absl::StatusOr<std::string> certificate_pem = ReadFile(certificate_path);
  const absl::StatusOr<std::string> key_pem = ReadFile(key_path);
  if (absl::IsNotFound(certificate_pem.status()) && absl::IsNotFound(key_pem.status())) {
    ASSIGN_OR_RETURN(Certificate made, MakeCertificate(Key(EVP_EC_gen("P-256"), EVP_PKEY_free)));
    RETURN_IF_ERROR(WriteFile(key_path, made.private_key_pem, kSecret));
    RETURN_IF_ERROR(WriteFile(certificate_path, made.certificate_pem, kSecret));
    return made;
  }
  const absl::Status broken = absl::FailedPreconditionError(
      absl::StrCat(certificate_path, " and ", key_path,
                   " are not a certificate and its key; delete both to get new ones (then "
                   "all computers must pair again)"));
  if (!certificate_pem.ok() || !key_pem.ok()) return broken;
  const X509Certificate certificate(
      PEM_read_bio_X509(BioOf(*certificate_pem).get(), nullptr, nullptr, nullptr), X509_free);
  const Key key(PEM_read_bio_PrivateKey(BioOf(*key_pem).get(), nullptr, nullptr, nullptr),
                EVP_PKEY_free);
  if (!certificate || !key || X509_check_private_key(certificate.get(), key.get()) != 1) {
    return broken;
  }
  if (!IsValidAt(certificate.get(), now) || !IsValidAt(certificate.get(), now + kRenewBefore)) {
    // With the same key, by which paired computers know the daemon again.
    ASSIGN_OR_RETURN(Certificate renewed, MakeCertificate(key));
    RETURN_IF_ERROR(WriteFile(certificate_path, renewed.certificate_pem, kSecret));
    return renewed;
  }
  return Certificate{*certificate_pem, *key_pem, FingerprintOf(certificate.get())};
}

}  // namespace powerdown
