// Splits the energy of a device among those who used it, with a band that holds every defensible
// split. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/energy/energy.h"

namespace powerdown {

// What a consumer's part of the power above rest may be where its use is not known well: shares.
struct ShareBand {
  double least = 0;
  double most = 1;
  // It may not be on the device at all: it is booked nothing, and pays for no rest.
  bool is_maybe = false;
};
using ShareBands = std::map<std::string, ShareBand>;  // by consumer; the others are known

// Attribute (energy.h) of a sample of which some consumers' use is not known well.
//
// The band of each interval holds, besides the sample's own: that the programs of others draw twice
// or half as much at the same use (kEfficiency); that rest is shared by use and not by head; that
// without a baseline all power is rest; and what `bands` say.
std::vector<LedgerInterval> AttributeWithin(const PowerSample& sample, const DeviceUse& use,
                                            const ShareBands& bands,
                                            const std::optional<RestingPower>& baseline);

// At the same use, code that computes draws up to about twice as much as code that waits for
// memory: our assumption, and the reason why a stranger widens a run's band.
inline constexpr double kEfficiency = 2;

}  // namespace powerdown
