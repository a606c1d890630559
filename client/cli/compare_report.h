// The end of a comparison in words and figures for people. Pure.
#pragma once

#include <string>

#include "client/cli/style.h"
#include "common/run.h"

namespace powerdown {

// Ends with a newline. Fits 80 columns where names and sources allow it.
std::string CompareReport(const Comparison& comparison, const Style& style);

}  // namespace powerdown
