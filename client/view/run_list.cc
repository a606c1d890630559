#include "client/view/run_list.h"

#include <algorithm>

#include "client/model/phrases.h"
#include "client/model/run_label.h"
#include "client/model/run_outcome.h"
#include "client/view/bindings.h"
#include "client/view/widgets.h"
#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {
namespace {

constexpr float kRowHeight = 48;

std::string DetailOf(const Run& run, absl::Time now) {
  std::string text = Concat(run.short_id, run.short_id.empty() ? "" : " · ", OutcomeWord(run));
  if (run.state == RunState::kQueued) {
    return run.state_reason.empty() ? text : Concat(text, " · ", run.state_reason);
  }
  if (run.validation_accuracy) text += Concat(" · ", PercentText(*run.validation_accuracy));
  text += Concat(" · step ", CountText(run.steps));
  if (run.energy) text += Concat(" · ", EnergyText(run.energy->gross));
  return Concat(text, " · ", AgeText(now - run.created_at));
}

bool DrawRow(const Look& look, const Run& run, absl::Time now, bool is_chosen) {
  const Palette& palette = look.palette();
  const float width = ImGui::GetContentRegionAvail().x;
  const ImVec2 at = ImGui::GetCursorScreenPos();
  ImGui::PushID(run.run_id.c_str());
  const bool is_pressed = ImGui::Selectable("##run", is_chosen, ImGuiSelectableFlags_None,
                                            {width, look.Px(kRowHeight)});
  ImGui::PopID();
  if (!ImGui::IsItemVisible()) return is_pressed;
  const std::string name = RunLabel(run);
  const bool is_known = HasSpec(run) || run.command;
  Hint(look, Concat(name, "\n", is_known ? Concat(TrainingText(run), "\n") : "", run.short_id,
                    run.short_id.empty() ? "" : " · ", run.run_id, run.owner.empty() ? "" : " · ",
                    run.owner));
  ImDrawList* list = ImGui::GetWindowDrawList();
  const StateLook words = LookOf(palette, run);
  const float inset = look.Px(28);
  DrawText(list, look.fonts.strong, {at.x + look.Px(8), at.y + look.Px(5)}, words.color,
           words.symbol);
  DrawText(list, look.fonts.strong, {at.x + inset, at.y + look.Px(5)}, palette.text,
           Fitted(look.fonts.strong, name, width - inset - look.Px(8)));
  DrawText(list, look.fonts.small, {at.x + inset, at.y + look.Px(25)}, palette.muted,
           Fitted(look.fonts.small, DetailOf(run, now), width - inset - look.Px(8)));
  if (run.state == RunState::kRunning && run.max_steps > 0) {
    const float share = static_cast<float>(run.steps) / static_cast<float>(run.max_steps);
    const float y = at.y + look.Px(kRowHeight - 4);
    list->AddRectFilled({at.x + inset, y}, {at.x + inset + (width - inset) * share, y + look.Px(2)},
                        palette.accent);
  }
  return is_pressed;
}

}  // namespace

StateLook LookOf(const Palette& palette, const Run& run) {
  switch (run.state) {
    case RunState::kRunning:
      return {"▶", palette.accent};
    case RunState::kQueued:
      return {"○", palette.muted};
    case RunState::kPaused:
      return {"■", palette.waste};
    case RunState::kFailed:
      return {"▲", palette.bad};
    case RunState::kCancelled:
      return {"×", palette.muted};
    default:
      break;
  }
  return run.grok_step ? StateLook{"◆", palette.validation} : StateLook{"✓", palette.muted};
}

void DrawRunList(const Screen& screen, const std::vector<const Run*>& runs, std::string* run_id) {
  const Look& look = screen.look;
  Say(look.fonts.title, look.palette().text, "Runs");
  ImGui::SameLine();
  Say(look.fonts.body, look.palette().muted, CountText(static_cast<int64_t>(runs.size())));
  const auto chosen = std::find_if(runs.begin(), runs.end(),
                                   [&](const Run* run) { return run->run_id == *run_id; });
  auto next = chosen;
  if (chosen != runs.end()) {
    if (IsPressed(Command::kNextItem) && chosen + 1 != runs.end()) ++next;
    if (IsPressed(Command::kPreviousItem) && chosen != runs.begin()) --next;
  }
  ImGui::BeginChild("list");
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {0, look.Px(spacing::kTiny)});
  ImGuiListClipper clipper;
  clipper.Begin(static_cast<int>(runs.size()), look.Px(kRowHeight + spacing::kTiny));
  std::string wanted = next == runs.end() ? *run_id : (*next)->run_id;
  while (clipper.Step()) {
    for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i) {
      const Run& run = *runs[static_cast<size_t>(i)];
      if (DrawRow(look, run, screen.now, run.run_id == *run_id)) wanted = run.run_id;
    }
  }
  if (next != chosen) {
    ImGui::SetScrollY(static_cast<float>(next - runs.begin()) *
                          look.Px(kRowHeight + spacing::kTiny) -
                      ImGui::GetWindowHeight() / 2);
  }
  ImGui::PopStyleVar();
  ImGui::EndChild();
  *run_id = wanted;
}

}  // namespace powerdown
