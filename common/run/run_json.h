// The JSON of docs/interface.md, made in one place for every program; common/run/run_fields.h lists
// its fields in their order. What is not known is absent; NaN and infinities are "NaN", "Infinity",
// "-Infinity". Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/json_fwd.h"
#include "common/run/run.h"

namespace powerdown {

Json SpecJson(const RunSpec& spec);
Json EnergyJson(const EnergyFigure& energy);
Json RunJson(const Run& run);
Json ReportJson(const StepReport& report);
Json EventJson(const RunEvent& event);  // {"revision","run_id","attempt","time","event":kind,…}
Json UpdateJson(const RunUpdate& update);
Json ComparisonJson(const Comparison& comparison);
Json FleetJson(const FleetRow& row);
Json ForecastJson(const Forecast& forecast);
Json QuizAnswerJson(const QuizAnswer& answer);
Json QuizJson(const QuizResult& result);
Json LedgerJson(const LedgerInterval& interval);
Json GridJson(const AnswerGrid& grid);  // rows by x; -1 where the task asks nothing

// As text, which is how the store keeps them.
std::string CommandToJson(const CommandSpec& command);
absl::StatusOr<CommandSpec> CommandFromJson(std::string_view json);
std::string TextsToJson(const std::vector<std::string>& texts);  // empty for none
absl::StatusOr<std::vector<std::string>> TextsFromJson(std::string_view json);

}  // namespace powerdown
