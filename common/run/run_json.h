// The JSON of docs/interface.md, made in one place for every program; common/run/run_fields.h lists
// its fields in their order. What is not known is absent; NaN and infinities are "NaN", "Infinity",
// "-Infinity". Pure.
#pragma once

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

}  // namespace powerdown
