// The one string that `server pair` prints and `server add` takes, and addresses of servers. Pure.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace powerdown {

struct HostPort {
  std::string host;  // without the brackets of an IPv6 address
  int port = 0;
};
// "192.168.1.7:7000", "[::1]:7000", "box.local:7000". InvalidArgument quotes the text.
absl::StatusOr<HostPort> ParseHostPort(std::string_view text);
std::string HostPortText(const HostPort& address);

struct Pairing {
  std::string address;      // HOST:PORT
  std::string fingerprint;  // of the certificate: SHA-256, 64 hexadecimal digits
  std::string code;         // one-time, 32 hexadecimal digits
};
// "powerdown://HOST:PORT/FINGERPRINT/CODE". An error never repeats the text: it holds a secret.
std::string PairingText(const Pairing& pairing);
absl::StatusOr<Pairing> ParsePairing(std::string_view text);

}  // namespace powerdown
