#include "common/base/ed25519.h"

#include <openssl/evp.h>

#include <memory>

#include "common/base/text.h"

namespace powerdown {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Digest = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

const unsigned char* BytesOf(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* BytesOf(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

absl::StatusOr<Key> PrivateKey(std::string_view bytes) {
  Key key(
      bytes.size() == kEd25519KeyBytes
          ? EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, BytesOf(bytes), bytes.size())
          : nullptr,
      &EVP_PKEY_free);
  if (key != nullptr) return key;
  return absl::InvalidArgumentError(
      Concat("a signing key has ", bytes.size(), " bytes; allowed: ", kEd25519KeyBytes));
}

}  // namespace

absl::StatusOr<std::string> Ed25519PublicKey(std::string_view private_key) {
  const absl::StatusOr<Key> key = PrivateKey(private_key);
  if (!key.ok()) return key.status();
  std::string bytes(kEd25519KeyBytes, '\0');
  size_t size = bytes.size();
  if (EVP_PKEY_get_raw_public_key(key->get(), BytesOf(bytes), &size) != 1) {
    return absl::InternalError("OpenSSL made no public key");
  }
  return bytes;
}

absl::StatusOr<std::string> Ed25519Sign(std::string_view private_key, std::string_view message) {
  const absl::StatusOr<Key> key = PrivateKey(private_key);
  if (!key.ok()) return key.status();
  const Digest digest(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  std::string signature(kEd25519SignatureBytes, '\0');
  size_t size = signature.size();
  if (EVP_DigestSignInit(digest.get(), nullptr, nullptr, nullptr, key->get()) != 1 ||
      EVP_DigestSign(digest.get(), BytesOf(signature), &size, BytesOf(message), message.size()) !=
          1) {
    return absl::InternalError("OpenSSL made no signature");
  }
  return signature;
}

bool IsSignedBy(std::string_view public_key, std::string_view message, std::string_view signature) {
  if (public_key.size() != kEd25519KeyBytes || signature.size() != kEd25519SignatureBytes) {
    return false;
  }
  const Key key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, BytesOf(public_key),
                                            public_key.size()),
                &EVP_PKEY_free);
  const Digest digest(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  return key != nullptr &&
         EVP_DigestVerifyInit(digest.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(digest.get(), BytesOf(signature), signature.size(), BytesOf(message),
                          message.size()) == 1;
}

}  // namespace powerdown
