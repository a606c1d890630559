#include "client/cli/text/run_diff.h"

#include <vector>

#include "client/cli/text/table.h"
#include "client/model/phrases.h"
#include "client/model/run_outcome.h"
#include "common/base/json.h"
#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {
namespace {

struct Difference {
  std::string_view name;
  std::string a;
  std::string b;
};

std::vector<Difference> SpecDifferences(const Run& a, const Run& b) {
  std::vector<Difference> differences;
  if (a.command || b.command) {  // what trains the networks of programs is theirs
    const auto add = [&](std::string_view name, std::string left, std::string right) {
      if (left != right) differences.push_back({name, std::move(left), std::move(right)});
    };
    const CommandSpec left = a.command.value_or(CommandSpec());
    const CommandSpec right = b.command.value_or(CommandSpec());
    add("command", a.command ? CommandText(left) : SpecText(a.spec),
        b.command ? CommandText(right) : SpecText(b.spec));
    add("directory", left.directory, right.directory);
    add("generalised", left.generalised, right.generalised);
    return differences;
  }
  for (const SpecField& field : SpecFields()) {
    std::string left = SpecFieldText(a.spec, field);
    std::string right = SpecFieldText(b.spec, field);
    if (left == right) continue;
    if (field.is_content) left = right = "another table";
    differences.push_back({field.name, std::move(left), std::move(right)});
  }
  return differences;
}

// Times as many as `a` has, where both are known.
std::string Ratio(const std::optional<double>& a, const std::optional<double>& b) {
  return a && b && *a > 0 ? Concat("× ", SignificantText(*b / *a)) : "";
}

template <typename T>
Json PairJson(const std::optional<T>& a, const std::optional<T>& b) {
  const auto one = [](const std::optional<T>& value) { return value ? Json(*value) : Json(); };
  return Json::array({one(a), one(b)});
}

std::optional<double> JoulesUsed(const Run& run) {
  return run.energy ? std::optional(run.energy->gross.value()) : std::nullopt;
}

std::optional<double> Number(const std::optional<int64_t>& step) {
  return step ? std::optional(static_cast<double>(*step)) : std::nullopt;
}

}  // namespace

Json RunDiffJson(const Run& a, const Run& b) {
  Json spec = Json::object();
  for (const Difference& difference : SpecDifferences(a, b)) {
    spec[std::string(difference.name)] = {difference.a, difference.b};
  }
  return {{"a", a.run_id},
          {"b", b.run_id},
          {"spec", spec},
          {"results",
           {{"outcome", {OutcomeWord(a), OutcomeWord(b)}},
            {"steps", {a.steps, b.steps}},
            {"memorised_step", PairJson(a.memorised_step, b.memorised_step)},
            {"grok_step", PairJson(a.grok_step, b.grok_step)},
            {"validation_accuracy", PairJson(a.validation_accuracy, b.validation_accuracy)},
            {"gross_joules", PairJson(JoulesUsed(a), JoulesUsed(b))}}}};
}

std::string RunDiffTable(const Run& a, const Run& b, const Style& style) {
  TextTable table;
  table.AddColumn("");
  table.AddColumn(ShownId(a), Align::kRight);
  table.AddColumn(ShownId(b), Align::kRight);
  table.AddColumn("");
  const std::vector<Difference> differences = SpecDifferences(a, b);
  for (const Difference& difference : differences) {
    table.AddRow({std::string(difference.name), Printable(difference.a), Printable(difference.b)});
  }
  if (differences.empty()) table.AddRow({"spec", "the same", "the same"});
  const auto step = [&](const char* name, const std::optional<int64_t>& left,
                        const std::optional<int64_t>& right) {
    table.AddRow({style.Paint(Ink::kFaint, name), Cell(left, CountText), Cell(right, CountText),
                  Ratio(Number(left), Number(right))});
  };
  table.AddRow({style.Paint(Ink::kFaint, "outcome"), std::string(OutcomeWord(a)),
                std::string(OutcomeWord(b))});
  step("steps", a.steps, b.steps);
  step("memorised", a.memorised_step, b.memorised_step);
  step("grokked", a.grok_step, b.grok_step);
  const auto accuracy = [](double share) { return PercentText(share, 2); };
  table.AddRow({style.Paint(Ink::kFaint, "validation"), Cell(a.validation_accuracy, accuracy),
                Cell(b.validation_accuracy, accuracy)});
  table.AddRow({style.Paint(Ink::kFaint, "energy"), EnergyOrUnknown(a.energy),
                EnergyOrUnknown(b.energy), Ratio(JoulesUsed(a), JoulesUsed(b))});
  return table.Text(style);
}

}  // namespace powerdown
