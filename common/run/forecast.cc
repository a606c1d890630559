#include "common/run/forecast.h"

#include "common/base/text.h"

namespace powerdown {

std::string ForecastMessage(const Forecast& forecast) {
  if (forecast.is_unfamiliar) return "unfamiliar: no forecast";
  if (!forecast.grok_step) return "will never grok: random labels follow no rule";
  return Concat("forecast to grok near step ", *forecast.grok_step);
}

}  // namespace powerdown
