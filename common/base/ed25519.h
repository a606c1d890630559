// Signatures by Ed25519 (RFC 8032), with OpenSSL. Bytes in, bytes out. Pure.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace powerdown {

inline constexpr size_t kEd25519KeyBytes = 32;        // of a private key, and of a public one
inline constexpr size_t kEd25519SignatureBytes = 64;  // deterministic: no randomness is needed

// `private_key`: 32 random bytes. InvalidArgument if it is of another length.
absl::StatusOr<std::string> Ed25519PublicKey(std::string_view private_key);
absl::StatusOr<std::string> Ed25519Sign(std::string_view private_key, std::string_view message);
// False too for a key or a signature of another length.
bool IsSignedBy(std::string_view public_key, std::string_view message, std::string_view signature);

}  // namespace powerdown
