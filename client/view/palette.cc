#include "client/view/palette.h"

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "client/model/run_label.h"
#include "client/model/run_outcome.h"
#include "client/view/bindings.h"
#include "client/view/shell.h"
#include "client/view/widgets.h"
#include "common/base/text.h"

namespace powerdown {
namespace {

struct Entry {
  std::string label;
  std::string detail;
  std::function<void()> act;
};

std::string Lower(std::string_view text) {
  return absl::AsciiStrToLower(AbslView(text));
}

std::vector<std::string> WordsIn(std::string_view typed) {
  return absl::StrSplit(Lower(typed), ' ', absl::SkipEmpty());
}

// The entries whose words have all that was typed, up to a row limit.
class Found {
 public:
  explicit Found(std::string_view typed) : words_(WordsIn(typed)) {}
  bool IsFull() const { return entries_.size() == kMostPaletteRows; }
  void Offer(std::string label, std::string detail, std::function<void()> act) {
    if (IsFull()) return;
    const std::string all = Lower(Concat(label, " ", detail));
    const bool fits = std::all_of(words_.begin(), words_.end(), [&](const std::string& word) {
      return all.find(word) != std::string::npos;
    });
    if (fits) entries_.push_back({std::move(label), std::move(detail), std::move(act)});
  }
  const std::vector<Entry>& entries() const { return entries_; }

 private:
  const std::vector<std::string> words_;
  std::vector<Entry> entries_;
};

// The run that the user looks at; null if there is none.
const Run* LookedAt(const Screen& screen, const ShellState& state) {
  const Comparison* shown = screen.model.shown_comparison();
  const bool is_compared = state.view == ViewName::kCompare || state.live.run_id.empty();
  if (is_compared && shown != nullptr) return screen.model.FindRun(shown->usual.run_id);
  return screen.model.FindRun(state.live.run_id);
}

void OfferActions(const Screen& screen, ShellState& state, Intents& intents, Found& found) {
  const LinkState link = screen.model.link().state;
  if (const Run* run = LookedAt(screen, state)) {
    found.Offer(Concat("Save report of run ", ShownId(*run)), "a page of HTML",
                [&intents, run] { intents.push_back(SaveReport{run->run_id}); });
    found.Offer(Concat("Copy the id of run ", ShownId(*run)), run->run_id,
                [&intents, run] { intents.push_back(CopyText{run->run_id}); });
  }
  if (link != LinkState::kConnected) {
    found.Offer("Use this computer", "start a private server",
                [&intents] { intents.push_back(StartLocalServer{}); });
    found.Offer("Play the demo", "a recorded training", [&intents, &state] {
      intents.push_back(ShowRecorded{});
      intents.push_back(PlayRecording{});
      state.view = ViewName::kCompare;
    });
  }
  if (link == LinkState::kConnected || link == LinkState::kReconnecting) {
    found.Offer("Disconnect", screen.model.link().server.name,
                [&intents] { intents.push_back(Disconnect{}); });
  }
  found.Offer("Next theme", "light, dark, high contrast",
              [&state] { state.wants_next_theme = true; });
  found.Offer("Keys", "help", [&state] { state.is_help_open = true; });
  found.Offer("Quit", "", [&intents] { intents.push_back(Quit{}); });
}

void OfferRuns(const Screen& screen, ShellState& state, Found& found) {
  for (const Run* run : screen.model.runs()) {
    if (found.IsFull()) return;
    found.Offer(Concat("Run ", ShownId(*run)), Concat(RunLabel(*run), " · ", OutcomeWord(*run)),
                [&state, run] {
                  state.live.run_id = run->run_id;
                  state.view = ViewName::kLive;
                });
  }
}

Found FindEntries(const Screen& screen, ShellState& state, Intents& intents) {
  Found found(state.palette.text);
  for (int i = 0; i < kViews; ++i) {
    const Binding& binding = Bindings()[static_cast<size_t>(i)];
    found.Offer(std::string(binding.what), Concat("view ", binding.key),
                [&state, i] { state.view = static_cast<ViewName>(i); });
  }
  OfferActions(screen, state, intents, found);
  OfferRuns(screen, state, found);
  return found;
}

// The row that was clicked, or chosen with Enter; -1: none.
int DrawRows(const Look& look, const std::vector<Entry>& entries, PaletteState& state) {
  int pressed = -1;
  const float width = ImGui::GetContentRegionAvail().x;
  for (size_t i = 0; i < entries.size(); ++i) {
    const int row = static_cast<int>(i);
    ImGui::PushID(row);
    if (ImGui::Selectable("##row", row == state.chosen)) pressed = row;
    ImGui::PopID();
    ImGui::SameLine(look.Px(24));
    Say(look.fonts.body, look.palette().text, entries[i].label);
    const float used = WidthOf(look.fonts.body, entries[i].label) + look.Px(48);
    ImGui::SameLine(0, look.Px(12));
    SayFitted(look, look.fonts.small, look.palette().muted, entries[i].detail, width - used);
  }
  if (entries.empty()) Say(look.fonts.body, look.palette().muted, "Nothing has these letters.");
  return pressed;
}

}  // namespace

void DrawPalette(const Screen& screen, ShellState& state, Intents& intents) {
  const Look& look = screen.look;
  PaletteState& palette = state.palette;
  if (palette.is_open && !ImGui::IsPopupOpen("palette")) ImGui::OpenPopup("palette");
  const ImVec2 display = ImGui::GetIO().DisplaySize;
  ImGui::SetNextWindowPos({display.x / 2, display.y * 0.12f}, ImGuiCond_Always, {0.5f, 0});
  ImGui::SetNextWindowSize({std::min(look.Px(560), display.x - look.Px(24)), 0});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {look.Px(16), look.Px(16)});
  if (ImGui::BeginPopupModal("palette", nullptr,
                             ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove)) {
    if (ImGui::IsWindowAppearing()) {
      palette.text[0] = '\0';
      palette.chosen = 0;
      ImGui::SetKeyboardFocusHere();
    }
    ImGui::SetNextItemWidth(-1);
    const bool is_entered =
        ImGui::InputTextWithHint("##typed", "a view, an action or a run", palette.text,
                                 sizeof palette.text, ImGuiInputTextFlags_EnterReturnsTrue);
    const Found found = FindEntries(screen, state, intents);
    const int last = static_cast<int>(found.entries().size()) - 1;
    palette.chosen = std::clamp(palette.chosen + PressedArrow(), 0, std::max(0, last));
    int pressed = DrawRows(look, found.entries(), palette);
    if (is_entered && last >= 0) pressed = palette.chosen;
    if (pressed >= 0) found.entries()[static_cast<size_t>(pressed)].act();
    if (pressed >= 0 || IsPressed(Command::kClose)) {
      palette.is_open = false;
      ImGui::CloseCurrentPopup();
    }
    ImGui::EndPopup();
  }
  ImGui::PopStyleVar();
}

}  // namespace powerdown
