// Words and numbers of a chart: values under the cursor, and the exported table.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>

#include "client/model/phrases.h"
#include "client/view/chart_view.h"
#include "common/base/text.h"
#include "common/base/wording.h"
#include "common/energy/footprint.h"

namespace powerdown {
namespace {

std::string Exact(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.17g", value);
  return text;
}

}  // namespace

std::string ValueText(Values values, double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+∞" : "−∞";
  switch (values) {
    case Values::kPercent:
      return PercentText(value, 1);
    case Values::kWatts:
      return QuantityText(value, "W");
    case Values::kWattHours:
      return QuantityText(value / 3600, "Wh");
    case Values::kNumber:
      break;
  }
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

std::string AxisText(Axis axis, double value) {
  switch (axis) {
    case Axis::kStep:
      return Concat("step ", CountText(std::llround(value)));
    case Axis::kTime:
      return value < 60 ? QuantityText(value, "s") : DurationText(absl::Seconds(value));
    case Axis::kEnergy:
      return QuantityText(value, "Wh");
  }
  return "";
}

std::string ChartCsv(const ChartContent& content) {
  std::string csv = "step";
  std::map<double, std::vector<std::string>> rows;
  for (size_t i = 0; i < content.lines.size(); ++i) {
    const ChartLine& line = content.lines[i];
    std::string label = line.heading.empty() ? line.label : line.heading;
    std::replace(label.begin(), label.end(), ',', ' ');
    csv += Concat(",", label);
    if (line.series->empty()) continue;
    for (const SeriesBucket& bucket :
         line.series->Buckets(line.series->first_x(), line.series->last_x())) {
      std::vector<std::string>& row = rows[bucket.first_x];
      row.resize(content.lines.size());
      row[i] = Exact(bucket.first);
    }
  }
  csv += '\n';
  for (const auto& [step, values] : rows) {
    csv += Concat(static_cast<int64_t>(step));
    for (const std::string& value : values) csv += Concat(",", value);
    csv += '\n';
  }
  return csv;
}

}  // namespace powerdown
