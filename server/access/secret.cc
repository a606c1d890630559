#include "server/access/secret.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <cstdlib>

#include "absl/strings/escaping.h"

namespace powerdown {
namespace {

std::string RandomHex(size_t bytes) {
  std::string random(bytes, '\0');
  // Without randomness there are no secrets, and nothing may be given out as one.
  if (RAND_bytes(reinterpret_cast<unsigned char*>(random.data()), static_cast<int>(bytes)) != 1) {
    std::abort();
  }
  return absl::BytesToHexString(random);
}

}  // namespace

std::string RandomSecret() {
  return RandomHex(32);
}

bool EqualInConstantTime(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace powerdown
