#include "client/model/explored_runs.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "client/model/phrases.h"
#include "common/base/csv_field.h"
#include "common/base/text.h"
#include "common/base/wording.h"
#include "common/energy/footprint.h"

namespace powerdown {
namespace {

using Value = std::optional<double>;

template <typename T>
Value Number(const std::optional<T>& value) {
  return value ? Value(static_cast<double>(*value)) : Value();
}

std::string Count(double value) {
  return CountText(std::llround(value));
}
std::string Share(double value) {
  return PercentText(value, 1);
}
std::string Plain(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

// Once a run has grokked there is nothing to predict, so a forecast made after it is none.
Value PredictedStep(const ExploredRun& explored) {
  const Run& run = *explored.run;
  if (!run.forecast || !run.forecast->grok_step) return std::nullopt;
  if (run.grok_step && run.forecast->made_at_step >= *run.grok_step) return std::nullopt;
  return static_cast<double>(*run.forecast->grok_step);
}

Value TrainingSeconds(const ExploredRun& explored) {
  const Run& run = *explored.run;
  if (!run.started_at || !run.ended_at) return std::nullopt;
  // A run from elsewhere may have been timed by a clock that was set back.
  return std::max(0.0, absl::ToDoubleSeconds(*run.ended_at - *run.started_at));
}

Value OfSpec(const ExploredRun& explored, double RunSpec::*member) {
  return HasSpec(*explored.run) ? Value(explored.run->spec.*member) : Value();
}

std::string SearchedText(const Run& run) {
  std::string text = Concat(run.name, " ", run.run_id, " ", TrainingText(run), " ");
  text += Concat(run.spec.model, " ", NameOf(run.state), " ", run.owner, " ", run.hardware, " ",
                 run.device, " ", run.origin, " ", run.notes);
  for (const std::string& tag : run.tags) text += Concat(" tag:", tag);
  return absl::AsciiStrToLower(text);
}

}  // namespace

const std::vector<RunQuantity>& RunQuantities() {
  static const auto& quantities = *new std::vector<RunQuantity>{
      {"grok_step", "Grok step", [](const ExploredRun& e) { return Number(e.run->grok_step); },
       Count},
      {"predicted_grok_step", "Predicted", PredictedStep, Count},
      {"memorised_step", "Memorised step",
       [](const ExploredRun& e) { return Number(e.run->memorised_step); }, Count},
      {"steps", "Steps",
       [](const ExploredRun& e) { return Value(static_cast<double>(e.run->steps)); }, Count},
      {"energy_joules", "Energy",
       [](const ExploredRun& e) {
         return e.run->energy ? Value(e.run->energy->gross.value()) : Value();
       },
       [](double value) { return EnergyText(Joules(value)); }, /*unit=*/3600},
      {"saved_share", "Saved share", [](const ExploredRun& e) { return e.saved_share; }, Share},
      {"validation_accuracy", "Accuracy",
       [](const ExploredRun& e) { return e.run->validation_accuracy; }, Share},
      {"seconds", "Duration", TrainingSeconds,
       [](double value) { return DurationText(absl::Seconds(value)); }},
      {"weight_decay", "Weight decay",
       [](const ExploredRun& e) { return OfSpec(e, &RunSpec::weight_decay); }, Plain},
      {"learning_rate", "Learning rate",
       [](const ExploredRun& e) { return OfSpec(e, &RunSpec::learning_rate); }, Plain},
      {"train_fraction", "Train fraction",
       [](const ExploredRun& e) { return OfSpec(e, &RunSpec::train_fraction); }, Plain},
      {"modulus", "Modulus",
       [](const ExploredRun& e) {
         return HasSpec(*e.run) ? Value(static_cast<double>(e.run->spec.modulus)) : Value();
       },
       Count},
  };
  return quantities;
}

const RunQuantity& QuantityNamed(std::string_view name) {
  const auto& all = RunQuantities();
  return *std::find_if(all.begin(), all.end(),
                       [&](const RunQuantity& quantity) { return quantity.name == name; });
}

std::vector<ExploredRun> ExploredRunsOf(const AppModel& model, std::string_view search) {
  std::map<std::string, double> saved;
  for (const auto& [id, comparison] : model.comparisons()) {
    if (comparison.saved) saved[comparison.usual.run_id] = comparison.saved->share;
  }
  const std::string wanted = absl::AsciiStrToLower(AbslView(search));
  const std::vector<std::string> words = absl::StrSplit(wanted, ' ', absl::SkipEmpty());
  std::vector<ExploredRun> explored;
  for (const Run* run : model.runs()) {
    if (!words.empty()) {
      const std::string text = SearchedText(*run);
      const bool is_match = std::all_of(words.begin(), words.end(), [&](const std::string& word) {
        return text.find(word) != std::string::npos;
      });
      if (!is_match) continue;
    }
    const auto share = saved.find(run->run_id);
    explored.push_back({run, share == saved.end() ? Value() : Value(share->second)});
  }
  return explored;
}

void SortBy(const RunQuantity& quantity, bool is_descending, std::vector<ExploredRun>& runs) {
  std::stable_sort(runs.begin(), runs.end(), [&](const ExploredRun& a, const ExploredRun& b) {
    const Value left = quantity.value(a);
    const Value right = quantity.value(b);
    if (!left || !right) return left.has_value() && !right.has_value();
    return is_descending ? *right < *left : *left < *right;
  });
}

std::string ExploredCsv(const std::vector<ExploredRun>& runs) {
  std::string csv = "run_id,name,state,hardware,tags,notes";
  for (const RunQuantity& quantity : RunQuantities()) csv += Concat(",", quantity.name);
  csv += '\n';
  for (const ExploredRun& explored : runs) {
    const Run& run = *explored.run;
    csv += Concat(run.run_id, ",", CsvField(run.name), ",", NameOf(run.state), ",",
                  CsvField(run.hardware), ",", CsvField(Join(run.tags, " ")), ",",
                  CsvField(run.notes));
    for (const RunQuantity& quantity : RunQuantities()) {
      csv += ',';
      char text[32];
      if (const Value value = quantity.value(explored)) {
        std::snprintf(text, sizeof text, "%.17g", *value);
        csv += text;
      }
    }
    csv += '\n';
  }
  return csv;
}

}  // namespace powerdown
