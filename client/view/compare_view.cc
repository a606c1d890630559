#include "client/view/compare_view.h"

#include <algorithm>
#include <cmath>

#include "client/model/bills.h"
#include "client/model/expectation.h"
#include "client/model/forecast_text.h"
#include "client/model/phrases.h"
#include "client/model/playback.h"
#include "client/view/bindings.h"
#include "client/view/widgets.h"
#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {
namespace {

constexpr float kSetupWidth = 312;
constexpr float kLabel = 120;  // from the card's edge
constexpr float kExpectedValue = 84;
constexpr float kExpectedRange = 160;
constexpr float kNarrowCompare = 860;
constexpr float kBillHeight = 148;
constexpr const char* kSchedules[] = {"twice-median", "prototype", "literature"};

std::string StepsText(double steps) {
  return CountText(std::llround(steps));
}
std::string JoulesText(double joules) {
  return EnergyText(Joules(joules));
}

template <typename Text>
std::string RangeText(const ExpectedValue& value, const Text& text) {
  if (!value.low) return "";
  return Concat(text(*value.low), " to ", value.high ? text(*value.high) : "beyond the schedule");
}

template <typename Text>
void ExpectedFact(const Look& look, std::string_view name, const ExpectedValue& value,
                  const Text& text, std::string_view hint) {
  const float right = ImGui::GetContentRegionAvail().x;
  Say(look.fonts.small, look.palette().muted, name);
  ImGui::SameLine(look.Px(kExpectedValue));
  Say(look.fonts.strong, look.palette().text, text(value.likely));
  const std::string range = RangeText(value, text);
  if (!range.empty()) {
    const float left = look.Px(kExpectedRange);
    ImGui::SameLine(left);
    SayFitted(look, look.fonts.small, look.palette().muted, range, right - left + look.Px(16));
  }
  Hint(look, hint);
}

// So little money that its zeros would not fit is told by its bound.
void DrawExpectedMoney(const Look& look, const ExpectedValue& joules,
                       const FootprintFactors& factors, std::string_view hint) {
  constexpr double kLeastTold = 0.01;
  const auto money = [&](double value) { return CostOf(Joules(value), factors); };
  const double most = money(joules.high.value_or(joules.likely)).amount;
  if (most >= kLeastTold) {
    ExpectedFact(
        look, "  money", joules, [&](double value) { return MoneyText(money(value)); }, hint);
  } else {
    const Money bound{kLeastTold, factors.price.currency};
    ExpectedFact(
        look, "  money", ExpectedValue{},
        [&](double) { return Concat("less than ", MoneyText(bound)); }, hint);
  }
}

const Expectation& Expected(const Screen& screen, CompareState& state) {
  auto& kept = state.expected;
  const uint64_t version = screen.model.version();
  if (kept.version != version || kept.schedule != state.schedule || kept.spec != state.spec) {
    kept.spec = state.spec;
    kept.schedule = state.schedule;
    kept.version = version;
    kept.expectation = Expect(state.spec, kSchedules[state.schedule], screen.model.runs(),
                              screen.model.predictor());
  }
  return kept.expectation;
}

void DrawExpectation(const Screen& screen, CompareState& state) {
  const Look& look = screen.look;
  const Expectation& expected = Expected(screen, state);
  const FootprintFactors& factors = expected.factors;
  constexpr char kMeaning[] =
      "The likely value, and the interval that holds the true one in 80% of runs.";
  Say(look.fonts.strong, look.palette().text, "Forecast");
  if (expected.grok_step) {
    ExpectedFact(look, "groks at", *expected.grok_step, StepsText, kMeaning);
  }
  if (expected.stopped_joules) {
    const ExpectedValue& joules = *expected.stopped_joules;
    constexpr char kStopped[] =
        "Up to the step where the rule usually stops: a little after the grok.";
    ExpectedFact(look, "stopped", joules, JoulesText, kStopped);
    ExpectedFact(
        look, "  CO₂", joules,
        [&](double value) { return CarbonText(CarbonOf(Joules(value), factors)); }, kStopped);
    DrawExpectedMoney(look, joules, factors, kStopped);
  }
  if (expected.usual_joules) {
    ExpectedFact(look, "as usual", *expected.usual_joules, JoulesText,
                 Concat("All ", CountText(expected.schedule_steps), " steps. ", kMeaning));
  }
  std::string told = Concat("Schedule: ", CountText(expected.schedule_steps), " steps. ");
  if (expected.will_grok) {
    told +=
        Concat("Probability that it groks by then: ", PercentText(*expected.will_grok, 0), ". ");
  }
  SayWrapped(look.fonts.small, look.palette().faint,
             Concat(told, "From ", expected.step_source, "; ", expected.cost_source, "."));
}

void DrawSetup(const Screen& screen, CompareState& state, Intents& intents) {
  const Look& look = screen.look;
  const float width = ImGui::GetContentRegionAvail().x;
  Say(look.fonts.title, look.palette().text, "New comparison");
  SayWrapped(
      look.fonts.small, look.palette().muted,
      "One training, two bills: the usual schedule, and the same run stopped once it groks.");
  VerticalSpace(look, spacing::kTiny);
  DrawSpecFields(look, state.spec);
  ImGui::AlignTextToFramePadding();
  Say(look.fonts.body, look.palette().muted, "Usual end");
  ImGui::SameLine(look.Px(kLabel));
  ImGui::SetNextItemWidth(-1);
  ImGui::Combo("##schedule", &state.schedule, kSchedules, 3);
  Hint(look,
       "How long the usual run trains; savings are counted against this. Twice the median grok "
       "step of runs of this family, 1.32 times the run's own grok step, or 100,000 steps.");
  VerticalSpace(look, spacing::kTiny);
  DrawExpectation(screen, state);
  VerticalSpace(look, spacing::kTiny);
  const absl::Status valid = ValidateSpec(state.spec);
  const bool is_connected = screen.model.link().state == LinkState::kConnected;
  const std::string why = !valid.ok()     ? std::string(valid.message())
                          : !is_connected ? "Connect to a server first (6)."
                                          : "Trains on the server, now or when the queue "
                                            "reaches it.";
  const bool can_start = valid.ok() && is_connected;
  const bool wants_start = PressButton(
      look, "Start training",
      {.kind = ButtonKind::kPrimary, .hint = why, .is_enabled = can_start, .width = width});
  if (!can_start) SayWrapped(look.fonts.small, look.palette().faint, why);
  if (can_start && (wants_start || IsPressed(Command::kStart))) {
    intents.push_back(StartComparison{state.spec, kSchedules[state.schedule]});
    state.is_setup_open = false;
  }
}

struct BillCard {
  const char* id;
  const char* symbol;
  const char* title;
  Color color;
  const std::optional<Bill>& bill;
  std::string note;
  double share;  // of the usual bill, for the bar
};

void DrawBill(const Look& look, const BillCard& card, float width) {
  const Palette& palette = look.palette();
  BeginFixedCard(look, card.id, {width, look.Px(kBillHeight)});
  const float inner = ImGui::GetContentRegionAvail().x;
  Say(look.fonts.strong, card.color, Concat(card.symbol, " ", card.title));
  if (!card.bill) {
    Say(look.fonts.figure, palette.faint, "–");
    SayFitted(look, look.fonts.small, palette.muted, card.note, inner);
    return EndCard();
  }
  const Bill& bill = *card.bill;
  Say(look.fonts.figure, palette.text, EnergyText(bill.energy));
  if (bill.low && bill.high) {
    Hint(look, Concat("between ", EnergyText(*bill.low), " and ", EnergyText(*bill.high), "; ",
                      card.note));
  }
  SayFitted(look, look.fonts.body, palette.muted,
            Concat(CarbonText(bill.carbon), " CO₂  ·  ", MoneyText(bill.money)), inner);
  ShareBar(look, card.share, {inner, look.Px(6)}, card.color);
  SayFitted(look, look.fonts.small, palette.faint, card.note, inner);
  EndCard();
}

void DrawBills(const Look& look, const Comparison& comparison, const RunTrace& usual,
               const RunTrace* stopped, float room) {
  const Palette& palette = look.palette();
  const Bills bills = BillsOf(comparison, usual, stopped);
  const float gap = look.Px(spacing::kMedium);
  const float width = std::floor((room - 2 * gap) / 3);
  const std::optional<EnergyFigure>& energy = comparison.usual.energy;
  const std::string label = energy ? EnergyLabel(*energy) : "not measured yet";
  const double all = bills.usual ? std::max(bills.usual->energy.value(), 1e-12) : 1;
  const auto share = [&](const std::optional<Bill>& bill) {
    return bill ? bill->energy.value() / all : 0;
  };
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {gap, gap});
  DrawBill(look, {"usual", "○", "Usual", palette.muted, bills.usual, label, 1}, width);
  ImGui::SameLine();
  const std::string same = comparison.identical_prefix ? "the same run up to the stop, bit for bit"
                                                       : "stops once it has grokked";
  DrawBill(
      look,
      {"stopped", "■", "Stopped", palette.validation, bills.stopped, same, share(bills.stopped)},
      width);
  ImGui::SameLine();
  const std::string saved = bills.share ? Concat(PercentText(*bills.share, 1), " of the energy",
                                                 bills.is_final ? "" : ", and growing")
                                        : "nothing yet: still learning";
  DrawBill(look, {"saved", "▼", "Saved", palette.good, bills.saved, saved, share(bills.saved)},
           width);
  ImGui::PopStyleVar();
}

// The forecast as it stands, and at the end against what came.
void DrawForecast(const Look& look, const Comparison& comparison, const RunTrace& usual) {
  const std::string followed =
      FollowedForecast(usual, comparison.usual.max_steps, comparison.has_ended);
  const bool is_known = comparison.has_ended && comparison.usual.forecast;
  const std::string told =
      followed.empty() && is_known ? ForecastOutcome(comparison.usual) : followed;
  if (told.empty()) return;
  SayFitted(look, look.fonts.small, look.palette().muted, Concat("Forecast: ", told),
            ImGui::GetContentRegionAvail().x);
  Hint(look,
       "△ in the charts is the first forecast made after the run memorised its training "
       "questions. In brackets the interval that holds the grok step in 80% of runs.");
}

void DrawHeading(const Screen& screen, CompareState& state, const Comparison& comparison,
                 bool is_narrow) {
  const Look& look = screen.look;
  const Palette& palette = look.palette();
  const float room = ImGui::GetContentRegionAvail().x;
  const Run* run = screen.model.FindRun(comparison.usual.run_id);
  const RunState run_state = run != nullptr ? run->state : comparison.usual.state;
  const float badge = WidthOf(look.fonts.small, NameOf(run_state)) + look.Px(36);
  const float reserved = badge + (is_narrow ? look.Px(76) : 0);
  ImGui::BeginGroup();
  SayFitted(look, look.fonts.title, palette.text, SpecText(comparison.spec),
            room - reserved - look.Px(12));
  ImGui::EndGroup();
  ImGui::SameLine(room - reserved);
  const bool is_over = HasEnded(run_state);
  Badge(look, is_over ? "✓" : "▶", NameOf(run_state), is_over ? palette.muted : palette.accent);
  if (!is_narrow) return;
  ImGui::SameLine();
  if (PressButton(look, "New…", {.hint = "Set up a comparison."})) {
    state.is_setup_open = !state.is_setup_open;
  }
}

// Plays a recording again, as it trained.
void DrawPlayer(const Look& look, CompareState& state, const Comparison& comparison,
                Intents& intents) {
  std::vector<std::string> speeds;
  for (const double speed : kPlaySpeeds) speeds.push_back(Concat(speed, "×"));
  const PlayRecording play{comparison.comparison_id, kPlaySpeeds[state.play_speed]};
  if (state.is_playing) {
    if (PressButton(look, "■ End", {.hint = "Show how it ended."})) {
      intents.push_back(StopPlaying{});
    }
  } else if (PressButton(look, "▶ Play",
                         {.kind = ButtonKind::kPrimary,
                          .hint = "Watch it train again, as it was recorded."})) {
    intents.push_back(play);
  }
  ImGui::SameLine(0, look.Px(spacing::kSmall));
  if (ChooseOne(look, "speed", speeds, &state.play_speed) && state.is_playing) {
    intents.push_back(PlayRecording{comparison.comparison_id, kPlaySpeeds[state.play_speed]});
  }
}

void DrawWatching(const Screen& screen, CompareState& state, const Comparison& comparison,
                  bool is_narrow, Intents& intents) {
  static const RunTrace kNothing;
  const Look& look = screen.look;
  const RunTrace* found = screen.model.FindTrace(comparison.usual.run_id);
  const RunTrace& usual = found != nullptr ? *found : kNothing;
  const bool is_parallel = comparison.stopped.run_id != comparison.usual.run_id;
  const RunTrace* stopped =
      is_parallel ? screen.model.FindTrace(comparison.stopped.run_id) : nullptr;
  DrawHeading(screen, state, comparison, is_narrow);
  if (screen.model.link().state == LinkState::kRecorded) {
    DrawPlayer(look, state, comparison, intents);
  }
  DrawBills(look, comparison, usual, stopped, ImGui::GetContentRegionAvail().x);
  DrawForecast(look, comparison, usual);
  const float room = ImGui::GetContentRegionAvail().y;
  const float charts = std::max(room, look.Px(430));
  BeginCard(look, "charts", {0, charts});
  DrawAxisChoice(look, state.group);
  const ImVec2 inner = ImGui::GetContentRegionAvail();
  const float accuracy = std::floor((inner.y - look.Px(spacing::kSmall)) * 0.58f);
  DrawChart(look, AccuracyChart(look, comparison, usual, stopped), state.accuracy, state.group,
            {inner.x, accuracy}, intents);
  DrawChart(look, LossChart(look, comparison, usual), state.loss, state.group,
            {inner.x, ImGui::GetContentRegionAvail().y}, intents);
  EndCard();
}

}  // namespace

void DrawCompareView(const Screen& screen, CompareState& state, Intents& intents) {
  const Look& look = screen.look;
  const float room = ImGui::GetContentRegionAvail().x;
  const bool is_narrow = room < look.Px(kNarrowCompare);
  const Comparison* comparison = screen.model.shown_comparison();
  const bool shows_setup = !is_narrow || state.is_setup_open || comparison == nullptr;
  if (shows_setup) {
    BeginCard(look, "setup", {is_narrow ? 0 : look.Px(kSetupWidth), 0});
    DrawSetup(screen, state, intents);
    EndCard();
    if (is_narrow) return;
    ImGui::SameLine(0, look.Px(spacing::kMedium));
  }
  ImGui::BeginChild("watching");
  if (comparison != nullptr) {
    DrawWatching(screen, state, *comparison, is_narrow, intents);
  } else {
    EmptyState(look, "No comparison yet",
               "Set one up on the left and start it. Both bills appear here during training.");
  }
  ImGui::EndChild();
}

}  // namespace powerdown
