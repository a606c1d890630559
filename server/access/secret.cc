#include "server/access/secret.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <cstdlib>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/platform/files.h"

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

absl::StatusOr<std::string> EnsureKey(const std::string& path) {
  absl::StatusOr<std::string> digits = ReadFile(path);
  if (absl::IsNotFound(digits.status())) {
    digits = RandomSecret();
    RETURN_IF_ERROR(WriteFile(path, *digits, {.mode = kOwnerOnly, .is_synced = true}));
  }
  RETURN_IF_ERROR(digits.status());
  const bool is_hex = digits->find_first_not_of("0123456789abcdef") == std::string::npos;
  if (digits->size() == 64 && is_hex) return absl::HexStringToBytes(*digits);
  return absl::FailedPreconditionError(
      absl::StrCat(path,
                   " holds no key of 64 hexadecimal digits; restore it, or remove it for a "
                   "new one, with which older receipts are no longer this daemon's"));
}

bool EqualInConstantTime(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace powerdown
