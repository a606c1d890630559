// A step report into a message that is there, which may have held another one of its run. Pure.
#pragma once

#include "common/run/run.h"
#include "powerdown/v1/types.pb.h"

namespace powerdown {

void WriteWire(const StepReport& report, v1::StepReport& wire);

}  // namespace powerdown
