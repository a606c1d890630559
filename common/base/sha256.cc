#include "common/base/sha256.h"

#include <openssl/evp.h>

#include "absl/strings/escaping.h"

namespace powerdown {

Sha256::Sha256() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
  EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr);
}

void Sha256::Add(std::string_view bytes) {
  EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size());
}

std::string Sha256::Digest() {
  std::string digest(kDigestBytes, '\0');
  EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(digest.data()), nullptr);
  return digest;
}

std::string Sha256Of(std::string_view bytes) {
  Sha256 sha256;
  sha256.Add(bytes);
  return sha256.Digest();
}

std::string Sha256Hex(std::string_view bytes) {
  return absl::BytesToHexString(Sha256Of(bytes));
}

}  // namespace powerdown
