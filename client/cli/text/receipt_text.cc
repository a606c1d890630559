#include "client/cli/text/receipt_text.h"

#include <algorithm>
#include <utility>

#include "client/cli/text/table.h"
#include "client/model/phrases.h"
#include "client/model/run_outcome.h"
#include "common/base/json.h"
#include "common/base/text.h"
#include "common/base/wording.h"
#include "common/run/run_json.h"

namespace powerdown {
namespace {

// Of several attempts the last one's: it goes on from those before it.
const Checkpoint* LabelledOf(const Run& run, CheckpointLabel label) {
  const auto found =
      std::find_if(run.checkpoints.rbegin(), run.checkpoints.rend(),
                   [&](const Checkpoint& checkpoint) { return checkpoint.label == label; });
  return found == run.checkpoints.rend() ? nullptr : &*found;
}

// Whether the run ended as its spec and its rule say, which a second training does too.
bool EndedByItself(const Run& run) {
  return run.state == RunState::kFinished ||
         (run.state == RunState::kStopped && IsByRule(run.stop));
}

std::string EnergyFact(const EnergyFigure& energy) {
  std::string text = Concat(EnergyText(energy.gross), " (", EnergyText(energy.low), " to ",
                            EnergyText(energy.high), "), ", EnergyLabel(energy));
  if (energy.coverage < 1) text += Concat(", metered for ", PercentText(energy.coverage));
  return text;
}

std::string BitsText(const BitsCheck& check, const Style& style) {
  const std::string name = Concat(NameOf(check.label), ", step ", CountText(check.step));
  if (check.is_equal()) return Concat(style.Paint(Ink::kGood, "✓ "), name, ": the same bits");
  if (!check.again_step) {
    return Concat(style.Paint(Ink::kBad, "✗ "), name, ": not there in the second training");
  }
  return Concat(style.Paint(Ink::kBad, "✗ "), name, ": ",
                check.again_step == check.step
                    ? std::string("other bits")
                    : Concat("at step ", CountText(*check.again_step), " the second time"));
}

}  // namespace

std::vector<BitsCheck> CompareBits(const Run& told, const Run& again) {
  constexpr std::pair<CheckpointLabel, bool> kLabels[] = {{CheckpointLabel::kMemorised, false},
                                                          {CheckpointLabel::kGrokked, false},
                                                          {CheckpointLabel::kStop, true},
                                                          {CheckpointLabel::kBest, true},
                                                          {CheckpointLabel::kLast, true}};
  std::vector<BitsCheck> checks;
  for (const auto& [label, is_of_the_end] : kLabels) {
    const Checkpoint* first = LabelledOf(told, label);
    if (first == nullptr || (is_of_the_end && !EndedByItself(told))) continue;
    BitsCheck check{label, first->step, first->sha256, std::nullopt, ""};
    if (const Checkpoint* second = LabelledOf(again, label)) {
      check.again_step = second->step;
      check.again_sha256 = second->sha256;
    }
    checks.push_back(std::move(check));
  }
  return checks;
}

Json VerdictJson(const Receipt& receipt, const std::optional<std::vector<BitsCheck>>& bits) {
  Json json = {{"signature", "valid"},
               {"public_key", receipt.public_key},
               {"made_at", TimeText(receipt.made_at)},
               {"version", receipt.version},
               {"spec_sha256", receipt.spec_sha256},
               {"run", RunJson(receipt.run)}};
  if (receipt.saved) json["saved_share"] = NumberJson(receipt.saved->share);
  if (!bits) return json;
  Json checks = Json::array();
  for (const BitsCheck& check : *bits) {
    checks.push_back({{"label", NameOf(check.label)},
                      {"step", check.step},
                      {"sha256", check.sha256},
                      {"is_equal", check.is_equal()}});
  }
  json["retrained"] = std::move(checks);
  return json;
}

std::string VerdictText(const Receipt& receipt, const std::optional<std::vector<BitsCheck>>& bits,
                        const Style& style) {
  const Run& run = receipt.run;
  TextTable table({"", ""});
  const auto add = [&](std::string_view name, std::string value) {
    table.AddRow({style.Paint(Ink::kFaint, name), std::move(value)});
  };
  add("signature", style.Paint(Ink::kGood, "valid: unchanged since the daemon signed it"));
  add("by the key", receipt.public_key);
  add("made",
      Concat(LocalTimeText(receipt.made_at), " by powerdownd ", Printable(receipt.version)));
  add("run", Concat(Printable(run.run_id), ", ", OutcomeWord(run), " at step ",
                    CountText(run.steps), " of ", CountText(run.max_steps)));
  if (HasSpec(run)) add("spec", SpecText(run.spec));
  add("on", Printable(run.hardware));
  if (run.grok_step) add("grokked", StepText(run.grok_step));
  if (run.energy) add("energy", EnergyFact(*run.energy));
  if (receipt.saved) {
    add("saved",
        Concat(PercentText(receipt.saved->share), ": ", EnergyText(receipt.saved->gross), " (",
               EnergyText(receipt.saved->low), " to ", EnergyText(receipt.saved->high), ")"));
  }
  if (!bits) {
    add("bits", "not compared; train it again: powerdown verify FILE --retrain");
    return table.Text(style);
  }
  for (const BitsCheck& check : *bits) add("bits", BitsText(check, style));
  return table.Text(style);
}

}  // namespace powerdown
