#include "common/run/ledger_json.h"

#include "common/base/json.h"
#include "common/base/json_reader.h"
#include "common/base/status.h"

namespace powerdown {
namespace {

template <typename Unit>
std::optional<Unit> OptionalQuantity(JsonReader& reader, std::string_view key) {
  const std::optional<double> value = reader.OptionalReal(key);
  return value ? std::make_optional(Unit(*value)) : std::nullopt;
}

}  // namespace

Json LedgerJson(const LedgerInterval& interval) {
  Json json = {{"device", interval.device},
               {"consumer", interval.consumer},
               {"start_us", absl::ToInt64Microseconds(interval.start)},
               {"end_us", absl::ToInt64Microseconds(interval.end)},
               {"joules", NumberJson(interval.joules.value())},
               {"low_joules", NumberJson(interval.low.value())},
               {"high_joules", NumberJson(interval.high.value())},
               {"source", interval.source},
               {"coverage", NumberJson(interval.coverage)},
               {"variance", NumberJson(interval.variance)}};
  const auto put = [&](const char* key, const auto& value) {
    if (value) json[key] = NumberJson(value->value());
  };
  put("net_joules", interval.net);
  put("baseline_watts", interval.baseline);
  put("net_low_joules", interval.net_low);
  put("net_high_joules", interval.net_high);
  return json;
}

absl::StatusOr<LedgerInterval> LedgerFromJson(const Json& json) {
  JsonReader reader(json);
  LedgerInterval interval;
  interval.device = reader.Text("device");
  interval.consumer = reader.Text("consumer");
  interval.start = absl::Microseconds(reader.Whole("start_us"));
  interval.end = absl::Microseconds(reader.Whole("end_us"));
  interval.joules = Joules(reader.Real("joules"));
  interval.low = Joules(reader.Real("low_joules"));
  interval.high = Joules(reader.Real("high_joules"));
  interval.source = reader.Text("source");
  interval.coverage = reader.Real("coverage");
  interval.variance = reader.Real("variance");
  interval.net = OptionalQuantity<Joules>(reader, "net_joules");
  interval.baseline = OptionalQuantity<Watts>(reader, "baseline_watts");
  interval.net_low = OptionalQuantity<Joules>(reader, "net_low_joules");
  interval.net_high = OptionalQuantity<Joules>(reader, "net_high_joules");
  RETURN_IF_ERROR(reader.status());
  return interval;
}

}  // namespace powerdown
