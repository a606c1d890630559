// Address and credentials of a daemon. Plain value.
#pragma once

#include <string>

namespace powerdown {

struct Endpoint {
  std::string address;          // "unix:/path" or HOST:PORT
  std::string fingerprint;      // of the pinned certificate; empty for a unix socket
  std::string certificate_pem;  // the certificate itself
  std::string token;            // empty while pairing
  std::string profile;          // the saved profile that it is from; empty: none
};

}  // namespace powerdown
