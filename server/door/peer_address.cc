#include "server/door/peer_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstring>

namespace powerdown {
namespace {

constexpr size_t kNetworkBytes = 8;  // a /64, the smallest network that is handed out

}  // namespace

std::string AddressOf(std::string_view peer) {
  const size_t port = peer.rfind(':');
  if (peer.starts_with("ipv4:")) return std::string(peer.substr(5, port - 5));
  if (!peer.starts_with("ipv6:[")) return std::string(peer);
  const std::string host(peer.substr(6, peer.rfind(']') - 6));
  in6_addr address = {};
  if (inet_pton(AF_INET6, host.c_str(), &address) != 1) return host;
  char text[INET6_ADDRSTRLEN] = "";
  if (IN6_IS_ADDR_V4MAPPED(&address)) {
    inet_ntop(AF_INET, &address.s6_addr[12], text, sizeof(text));
    return text;
  }
  std::memset(&address.s6_addr[kNetworkBytes], 0, sizeof(address) - kNetworkBytes);
  inet_ntop(AF_INET6, &address, text, sizeof(text));
  return std::string(text) + "/64";
}

}  // namespace powerdown
