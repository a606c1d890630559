// Fetches the certificate that a server shows, without trusting it. Thread-safe; blocks.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace powerdown {

struct ShownCertificate {
  std::string pem;
  std::string fingerprint;  // SHA-256 of the certificate, 64 hexadecimal digits
  // SHA-256 of its public key, whose private half the server has shown to hold: it stays when the
  // daemon renews the certificate.
  std::string key_fingerprint;
  absl::Time not_before;
  absl::Time not_after;
};
// Unavailable, with both dates and the clock, where a certificate is not valid at `now`.
absl::Status CheckDates(const ShownCertificate& shown, const std::string& address, absl::Time now);
// Of a certificate as PEM; empty if it is none.
std::string KeyFingerprintOf(const std::string& pem);
// Unavailable when nothing answers at HOST:PORT within the time, or not with TLS.
absl::StatusOr<ShownCertificate> FetchCertificate(const std::string& address,
                                                  absl::Duration timeout);

}  // namespace powerdown
