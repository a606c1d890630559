// Whom connections are counted for. Pure.
#pragma once

#include <string>
#include <string_view>

namespace powerdown {

// "ipv4:10.0.0.7:41234" → "10.0.0.7"; "ipv6:[2001:db8::7]:41234" → "2001:db8::/64", since whoever
// has one address of such a network has all of them; any other name as it is.
std::string AddressOf(std::string_view peer);

}  // namespace powerdown
