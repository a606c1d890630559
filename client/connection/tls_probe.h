// Fetches the certificate that a server shows, without trusting it. Thread-safe; blocks.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace powerdown {

struct ShownCertificate {
  std::string pem;
  std::string fingerprint;  // SHA-256 of the certificate, 64 hexadecimal digits
};
// Unavailable when nothing answers at HOST:PORT within the time, or not with TLS.
absl::StatusOr<ShownCertificate> FetchCertificate(const std::string& address,
                                                  absl::Duration timeout);

}  // namespace powerdown
