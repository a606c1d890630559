// The daemon's own certificate, made at first start. Not thread-safe.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace powerdown {

struct Certificate {
  std::string certificate_pem;
  std::string private_key_pem;
  std::string fingerprint;  // SHA-256 of the certificate, 64 hexadecimal digits
};

// The host name that clients check. They pin the certificate, so all daemons use this one name.
inline constexpr char kCertificateName[] = "powerdown";

// From certificate.pem and key.pem in `folder`, made (P-256, self-signed, without an end) if
// neither is there. One that is not valid at `now`, or not for long, is renewed with the same key.
// FailedPrecondition if one is missing, or they are broken or do not belong together.
absl::StatusOr<Certificate> EnsureCertificate(const std::string& folder, absl::Time now);

}  // namespace powerdown
