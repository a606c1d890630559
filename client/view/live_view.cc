#include "client/view/live_view.h"

#include <algorithm>
#include <cmath>

#include "client/model/forecast_text.h"
#include "client/model/phrases.h"
#include "client/view/bindings.h"
#include "client/view/power_card.h"
#include "client/view/run_charts.h"
#include "client/view/run_list.h"
#include "client/view/widgets.h"
#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {
namespace {

constexpr float kListWidth = 348;
constexpr float kPowerHeight = 208;
constexpr float kNoPowerHeight = 92;
constexpr float kNarrowLive = 760;

std::string PowerText(Watts power) {
  return ValueText(Values::kWatts, power.value());
}

bool CanResume(RunState state) {
  return state == RunState::kPaused || state == RunState::kFailed;
}

const Run* ChosenRun(const AppModel& model, const std::string& run_id) {
  if (const Run* run = model.FindRun(run_id)) return run;
  for (const Run* run : model.own_runs()) {
    if (run->state == RunState::kRunning) return run;
  }
  return model.own_runs().empty() ? nullptr : model.own_runs().front();
}

void DrawActions(const Screen& screen, LiveState& state, const Run& run, Intents& intents) {
  const Look& look = screen.look;
  const bool is_connected = screen.model.link().state == LinkState::kConnected;
  const bool is_running = run.state == RunState::kRunning;
  const bool is_active = !HasEnded(run.state);
  const std::string offline = "Connect to the run's server first (6).";
  const auto act = [&](const char* label, const char* verb, Command key, bool is_possible,
                       const std::string& hint, ButtonKind kind = ButtonKind::kPlain) {
    const bool is_enabled = is_connected && is_possible;
    const std::string told = is_connected ? Concat(hint, " (", KeyOf(key), ")") : offline;
    const bool is_wanted =
        PressButton(look, label, {.kind = kind, .hint = told, .is_enabled = is_enabled});
    if (is_enabled && (is_wanted || IsPressed(key))) {
      if (kind == ButtonKind::kDanger && !state.is_asking) {
        state.is_asking = true;
      } else {
        state.is_asking = false;
        intents.push_back(ActOnRun{verb, run.run_id});
      }
    }
    ImGui::SameLine();
  };
  if (CanResume(run.state)) {
    act("Resume", "resume", Command::kPause, true, "Resume from the last checkpoint.");
  } else {
    act("Pause", "pause", Command::kPause, is_running, "Write a checkpoint and free the device.");
  }
  act("Stop", "stop", Command::kEnd, is_running, "End the run now and keep its results.");
  const bool was_stopped = run.state == RunState::kStopped;
  act("Continue", "continue", Command::kContinue, was_stopped,
      "Continue training as if the rule had not stopped it, bit for bit.");
  act(state.is_asking ? "Really cancel?" : "Cancel…", "cancel", Command::kCancel, is_active,
      "End the run as cancelled. Asks first.", ButtonKind::kDanger);
  if (PressButton(look, "Save report",
                  {.hint = "A page of HTML with this run's curves, bills and forecast."})) {
    intents.push_back(SaveReport{run.run_id});
  }
}

std::string FactsOf(const Run& run, const RunTrace* trace) {
  std::string facts = Concat("step ", ProgressText(run));
  if (run.energy)
    facts += Concat(" · ", EnergyText(run.energy->gross), " ", EnergyLabel(*run.energy));
  if (trace != nullptr && !HasEnded(run.state)) {
    if (const auto power = trace->Power()) facts += Concat(" · ", PowerText(*power));
  }
  if (!run.hardware.empty()) facts += Concat(" · ", run.hardware);
  if (!run.owner.empty()) facts += Concat(" · ", run.owner);
  if (run.attempts.size() > 1) facts += Concat(" · ", run.attempts.size(), " attempts");
  return facts;
}

// The first forecast after it memorised stays, beside the latest.
std::string ForecastLine(const Run& run) {
  if (!run.forecast) return "";
  if (HasEnded(run.state) || run.grok_step) return ForecastOutcome(run);
  std::string text = Concat("forecast: ", ForecastText(*run.forecast, run.max_steps));
  const std::optional<Forecast>& first = run.first_forecast;
  if (!first || !first->grok_step || first->made_at_step == run.forecast->made_at_step) return text;
  return Concat(text, "; the first, at step ", CountText(first->made_at_step), ": ",
                CountText(*first->grok_step));
}

void DrawRun(const Screen& screen, LiveState& state, const Run& run, Intents& intents) {
  static const RunTrace kNothing;
  const Look& look = screen.look;
  const Palette& palette = look.palette();
  const RunTrace* trace = screen.model.FindTrace(run.run_id);
  const float room = ImGui::GetContentRegionAvail().x;
  SayFitted(look, look.fonts.title, palette.text, run.name.empty() ? TrainingText(run) : run.name,
            room - look.Px(150));
  ImGui::SameLine(room - look.Px(132));
  const StateLook words = LookOf(palette, run);
  Badge(look, words.symbol, NameOf(run.state), words.color);
  SayFitted(look, look.fonts.body, palette.muted, FactsOf(run, trace), room);
  const bool is_told_by_forecast = run.state_reason.empty() || run.state == RunState::kStopped;
  const std::string told = is_told_by_forecast ? ForecastLine(run) : run.state_reason;
  SayFitted(look, look.fonts.body, run.state == RunState::kFailed ? palette.bad : palette.muted,
            told.empty() ? " " : told, room);
  DrawActions(screen, state, run, intents);
  BeginCard(look, "charts", {0, 0});
  DrawAxisChoice(look, state.group);
  const RunTrace& known = trace != nullptr ? *trace : kNothing;
  const ImVec2 inner = ImGui::GetContentRegionAvail();
  const float gap = look.Px(spacing::kSmall);
  const double end =
      static_cast<double>(HasEnded(run.state) || run.max_steps == 0 ? run.steps : run.max_steps);
  const auto stop = run.stop ? std::make_optional(run.stop->step) : std::nullopt;
  const auto height = [&](float share) { return std::floor((inner.y - 2 * gap) * share); };
  DrawChart(look, AccuracyChart(look, run, known, stop, end), state.accuracy, state.group,
            {inner.x, height(0.44f)}, intents);
  DrawChart(look, LossChart(look, known, stop, end), state.loss, state.group,
            {inner.x, height(0.32f)}, intents);
  DrawChart(look, PowerChart(look, known, end), state.power, state.group,
            {inner.x, ImGui::GetContentRegionAvail().y}, intents);
  EndCard();
}

}  // namespace

void DrawLiveView(const Screen& screen, LiveState& state, Intents& intents) {
  const Look& look = screen.look;
  const std::vector<const Run*>& runs = screen.model.own_runs();
  const Run* chosen = ChosenRun(screen.model, state.run_id);
  if (chosen == nullptr) {
    return EmptyState(look, "No runs yet",
                      "Start a comparison (1), or submit a run: powerdown run submit. The runs of "
                      "all users of the server appear here.");
  }
  const float room = ImGui::GetContentRegionAvail().x;
  const bool is_narrow = room < look.Px(kNarrowLive);
  const float list_width = is_narrow ? room : look.Px(kListWidth);
  const bool is_metered = !screen.model.power().empty() || screen.model.ledger();
  const float power_height = look.Px(is_metered ? kPowerHeight : kNoPowerHeight);
  ImGui::BeginChild("side", {list_width, is_narrow ? look.Px(220) : 0});
  BeginCard(look, "runs", {0, is_narrow ? 0 : -power_height - look.Px(spacing::kMedium)});
  std::string run_id = chosen->run_id;
  DrawRunList(screen, runs, &run_id);
  EndCard();
  if (!is_narrow) {
    BeginCard(look, "power", {0, power_height});
    DrawPowerCard(screen);
    EndCard();
  }
  ImGui::EndChild();
  if (run_id != chosen->run_id || state.run_id.empty()) {
    state.is_asking = false;
    state.group.shown.reset();
    chosen = ChosenRun(screen.model, run_id);
    state.run_id = chosen->run_id;
  }
  if (screen.model.FindTrace(state.run_id) == nullptr) intents.push_back(FollowRun{state.run_id});
  if (!is_narrow) ImGui::SameLine(0, look.Px(spacing::kMedium));
  ImGui::BeginChild("run");
  DrawRun(screen, state, *chosen, intents);
  ImGui::EndChild();
}

}  // namespace powerdown
