#include "client/view/run_notes.h"

#include <string_view>

#include "absl/strings/str_split.h"
#include "client/model/forecast_text.h"
#include "client/model/phrases.h"
#include "client/view/run_list.h"
#include "client/view/widgets.h"
#include "common/base/text.h"
#include "common/base/utf8.h"

namespace powerdown {
namespace {

constexpr float kLabel = 52;

template <size_t kSize>
void Fill(char (&field)[kSize], std::string_view text) {
  text = CutUtf8(text, kSize - 1);
  text.copy(field, text.size());
  field[text.size()] = '\0';
}

void Load(const Run& run, NotesState& state) {
  const std::string tags = Join(run.tags, " ");
  if (state.run_id == run.run_id && state.saved_notes == run.notes && state.saved_tags == tags) {
    return;
  }
  state.run_id = run.run_id;
  state.saved_notes = run.notes;
  state.saved_tags = tags;
  Fill(state.notes, run.notes);
  Fill(state.tags, tags);
}

bool Field(const Look& look, const char* label, const char* id, const char* hint, char* text,
           size_t size, float width) {
  ImGui::AlignTextToFramePadding();
  Say(look.fonts.small, look.palette().muted, label);
  ImGui::SameLine(look.Px(kLabel));
  ImGui::SetNextItemWidth(width);
  return ImGui::InputTextWithHint(id, hint, text, size, ImGuiInputTextFlags_EnterReturnsTrue);
}

}  // namespace

void DrawRunNotes(const Screen& screen, const Run& run, NotesState& state, Intents& intents) {
  const Look& look = screen.look;
  const Palette& palette = look.palette();
  Load(run, state);
  const float room = ImGui::GetContentRegionAvail().x;
  const StateLook words = LookOf(palette, run);
  Say(look.fonts.strong, words.color, words.symbol);
  ImGui::SameLine(0, look.Px(spacing::kSmall));
  SayFitted(look, look.fonts.strong, palette.text, run.name.empty() ? TrainingText(run) : run.name,
            room - look.Px(24));
  SayFitted(look, look.fonts.small, palette.muted, ForecastOutcome(run), room);
  if (run.forecast)
    Hint(look,
         Concat("Forecast by ", run.forecast->model, ", trained without this run's operation."));
  const bool is_connected = screen.model.link().state == LinkState::kConnected;
  const bool has_changed = state.saved_notes != state.notes || state.saved_tags != state.tags;
  const float button = look.Px(72);
  const float width = room - look.Px(kLabel) + look.Px(spacing::kLarge);
  const bool is_note_entered = Field(look, "Notes", "##notes", "your notes on this run",
                                     state.notes, sizeof state.notes, width);
  const bool is_tag_entered =
      Field(look, "Tags", "##tags", "paper night  (separated by spaces)", state.tags,
            sizeof state.tags, width - button - look.Px(spacing::kSmall));
  ImGui::SameLine(0, look.Px(spacing::kSmall));
  const bool can_save = is_connected && has_changed;
  const char* why = !is_connected ? "Notes are stored by a server: connect to one (6)."
                    : has_changed ? "Save notes and tags on the server (Enter)."
                                  : "No changes to save.";
  const bool is_pressed =
      PressButton(look, "Save", {.hint = why, .is_enabled = can_save, .width = button});
  if (!can_save || !(is_pressed || is_note_entered || is_tag_entered)) return;
  intents.push_back(
      EditRun{run.run_id, state.notes, absl::StrSplit(state.tags, ' ', absl::SkipWhitespace())});
}

}  // namespace powerdown
