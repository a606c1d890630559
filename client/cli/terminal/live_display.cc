#include "client/cli/terminal/live_display.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "client/cli/text/run_text.h"
#include "client/model/phrases.h"
#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {
namespace {

constexpr absl::Duration kLookUpPause = absl::Seconds(2);
constexpr int kLines = 10;           // plain lines over a whole training
constexpr double kLineGrowth = 1.5;  // without a certain end: the next line at this times the step

}  // namespace

LiveDisplay::LiveDisplay(Console& console, const Run& usual, LookUp look_up)
    : console_(console), look_up_(std::move(look_up)), run_(usual) {
  scene_.id = Concat("run ", ShownId(usual));
  scene_.title = usual.name.empty() ? TrainingText(usual) : Printable(usual.name);
  scene_.factors = usual.factors;
  SetEnd();
  if (console_.can_draw()) picture_ = std::make_unique<TerminalPicture>(console_);
}

void LiveDisplay::MakeComparison(const std::string& comparison_id, bool trains_both) {
  scene_.is_comparison = true;
  scene_.id = Concat("comparison ", comparison_id.empty() ? ShownId(run_) : comparison_id);
  scene_.title = TrainingText(run_);
  trains_both_ = trains_both;
}

void LiveDisplay::SetEnd() {
  scene_.end_step.reset();  // nobody knows where a command ends that has not told it
  if (run_.max_steps > 0) scene_.end_step = run_.max_steps;
  scene_.is_end_certain = run_.auto_stop != AutoStop::kOn && !run_.grok_multiple;
  const std::optional<int64_t> grok_step = usual_.grok_step();
  if (!run_.grok_multiple || !grok_step) return;
  const auto end = static_cast<int64_t>(std::ceil(*run_.grok_multiple * *grok_step));
  scene_.end_step = std::min(run_.max_steps, end);
  scene_.is_end_certain = run_.auto_stop != AutoStop::kOn;
}

void LiveDisplay::Apply(size_t run, const RunUpdate& update) {
  (run == 0 ? usual_ : stopped_).Apply(update);
  SetEnd();
  if (run == 0 && picture_ == nullptr) SayNews(update);
}

void LiveDisplay::Follow(const RunUpdate& update) {
  usual_.Apply(update);
  SetEnd();
}

void LiveDisplay::SayNews(const RunUpdate& update) {
  if (const auto* event = std::get_if<RunEvent>(&update)) {
    const std::string text = EventText(*event);
    if (!text.empty()) console_.Say(text);
    return;
  }
  const int64_t step = usual_.last_step();
  if (step < next_line_step_) return;
  console_.Say(ProgressLine(Scene()));
  if (scene_.is_end_certain && scene_.end_step) {
    const int64_t part = std::max<int64_t>(1, *scene_.end_step / kLines);
    next_line_step_ = (step / part + 1) * part;
  } else {
    next_line_step_ = static_cast<int64_t>(std::max<double>(step + 100.0, step * kLineGrowth));
  }
}

void LiveDisplay::SetConnection(const std::string& state) {
  connection_ = state == "connected" ? "" : state;
  if (picture_ == nullptr && !connection_.empty()) console_.Say(connection_);
}

std::string LiveDisplay::State() const {
  if (!connection_.empty()) return connection_;
  if (scene_.has_ended) return std::string(NameOf(run_.state));
  if (usual_.empty()) {
    const std::string& reason = usual_.message().empty() ? run_.state_reason : usual_.message();
    return reason.empty() ? "starting" : Printable(reason);
  }
  return scene_.is_comparison && usual_.stop_step() ? "training on" : "training";
}

LiveScene LiveDisplay::Scene() const {
  LiveScene scene = scene_;
  scene.usual = &usual_;
  scene.stopped = trains_both_ ? &stopped_ : nullptr;
  scene.ended = ended_ ? &*ended_ : nullptr;
  scene.state = State();
  scene.max_steps = run_.max_steps;
  return scene;
}

void LiveDisplay::LookUpEnergy(absl::Time now) {
  if (!scene_.energy_label.empty() || !usual_.Energy() || now < next_look_up_) return;
  next_look_up_ = now + kLookUpPause;
  const absl::StatusOr<Run> run = look_up_();
  if (run.ok() && run->energy) scene_.energy_label = EnergyLabel(*run->energy);
}

void LiveDisplay::Tick(absl::Time now) {
  scene_.now = now;
  if (picture_ == nullptr) return;
  LookUpEnergy(now);
  Show();
}

void LiveDisplay::Show() {
  TerminalSize size = console_.Size();
  // Without the line of the cursor, and the last column, where some terminals wrap.
  size.rows = std::max(1, size.rows - 1);
  size.columns = std::max(1, size.columns - 1);
  picture_->Show(LiveView(Scene(), size, console_.err_style()));
}

void LiveDisplay::Finish(const Comparison& ended) {
  ended_ = ended;
  Finish(ended.usual);
}

void LiveDisplay::Finish(const Run& usual) {
  run_ = usual;
  SetEnd();
  scene_.end_step = std::max<int64_t>(1, usual.steps);
  scene_.is_end_certain = true;
  scene_.has_ended = HasEnded(usual.state);
  if (usual.energy) scene_.energy_label = EnergyLabel(*usual.energy);
  if (picture_ != nullptr) Show();
}

}  // namespace powerdown
