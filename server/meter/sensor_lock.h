// How much of a repeating load a sensor can miss that measures only part of the time. Pure.
//
// A100 and H100 class chips measure 25 of every 100 ms (Yang, Adamek, Armour, arXiv 2312.02741). A
// load whose period is near a rational multiple of the sensor's is always seen at the same phases,
// and polling faster does not help.
#pragma once

#include "absl/time/time.h"
#include "common/energy/energy.h"
#include "server/meter/power_meter.h"

namespace powerdown {

// How unevenly the sensor's windows lie over a load's cycle after `span` of measuring: the most by
// which any arc of the cycle weighs more or less in the mean of the windows than in time, 0 to 1
// (the discrepancy of Koksma's inequality). A load with one high and one low phase a cycle is
// misread by at most this times their difference.
double Unevenness(absl::Duration window, absl::Duration period, absl::Duration load_period,
                  absl::Duration span);

// Widens the band of a sample by it: the load may have been anything from `resting` to the most
// that the device draws. Unchanged if the meter sees all of the time, or the load's period is
// unknown.
PowerSample WidenForUnseen(PowerSample sample, const MeterDescription& meter,
                           absl::Duration load_period, absl::Duration span, Watts resting);

}  // namespace powerdown
