#include "common/base/pairing.h"

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {
namespace {

constexpr char kScheme[] = "powerdown://";
constexpr size_t kLongestHost = 253;

bool IsHex(std::string_view text, size_t length) {
  if (text.size() != length) return false;
  for (const char digit : text) {
    if (!absl::ascii_isxdigit(static_cast<unsigned char>(digit)) || absl::ascii_isupper(digit)) {
      return false;
    }
  }
  return true;
}

bool IsHost(std::string_view host) {
  if (host.empty() || host.size() > kLongestHost) return false;
  for (const char letter : host) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(letter)) && letter != '.' &&
        letter != '-' && letter != '_' && letter != ':' && letter != '%') {
      return false;
    }
  }
  return true;
}

}  // namespace

absl::StatusOr<HostPort> ParseHostPort(std::string_view text) {
  const size_t colon = text.rfind(':');
  HostPort address;
  if (colon != std::string_view::npos) {
    address.host = std::string(text.substr(0, colon));
    const bool has_brackets =
        address.host.size() > 2 && address.host.front() == '[' && address.host.back() == ']';
    if (has_brackets) address.host = address.host.substr(1, address.host.size() - 2);
    const bool is_plain = has_brackets || address.host.find(':') == std::string::npos;
    if (is_plain && IsHost(address.host) &&
        absl::SimpleAtoi(AbslView(text.substr(colon + 1)), &address.port) && address.port >= 0 &&
        address.port <= 65535) {
      return address;
    }
  }
  return absl::InvalidArgumentError(Concat("address: value is ", Quoted(text),
                                           "; allowed: HOST:PORT, e.g. 127.0.0.1:7000 or "
                                           "[::1]:7000"));
}

std::string HostPortText(const HostPort& address) {
  const bool is_ipv6 = address.host.find(':') != std::string::npos;
  return is_ipv6 ? Concat("[", address.host, "]:", address.port)
                 : Concat(address.host, ":", address.port);
}

std::string PairingText(const Pairing& pairing) {
  return Concat(kScheme, pairing.address, "/", pairing.fingerprint, "/", pairing.code);
}

absl::StatusOr<Pairing> ParsePairing(std::string_view text) {
  absl::string_view rest = absl::StripAsciiWhitespace(AbslView(text));
  const bool has_scheme = absl::ConsumePrefix(&rest, kScheme);
  const std::vector<std::string> parts = absl::StrSplit(rest, '/');
  if (!has_scheme || parts.size() != 3 || !IsHex(parts[1], 64) || !IsHex(parts[2], 32)) {
    return absl::InvalidArgumentError(
        "pairing: this is not what `powerdown server pair` prints: "
        "powerdown://HOST:PORT/FINGERPRINT/CODE");
  }
  ASSIGN_OR_RETURN(const HostPort address, ParseHostPort(parts[0]));
  return Pairing{HostPortText(address), parts[1], parts[2]};
}

}  // namespace powerdown
