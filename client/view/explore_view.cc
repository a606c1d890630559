#include "client/view/explore_view.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "client/model/explored_runs.h"
#include "client/model/forecast_text.h"
#include "client/model/phrases.h"
#include "client/view/bindings.h"
#include "client/view/run_list.h"
#include "client/view/scatter.h"
#include "client/view/widgets.h"
#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {
namespace {

constexpr float kNarrowExplore = 860;
constexpr const char* kColumns[] = {"grok_step", "predicted_grok_step", "energy_joules",
                                    "saved_share"};
constexpr size_t kFirstOverlays = 3;

void Toggle(const std::string& run_id, ExploreState& state) {
  const auto found = std::find(state.chosen.begin(), state.chosen.end(), run_id);
  if (found != state.chosen.end()) {
    state.chosen.erase(found);
  } else {
    if (state.chosen.size() == kMostOverlays) state.chosen.erase(state.chosen.begin());
    state.chosen.push_back(run_id);
  }
  state.group.shown.reset();
}

bool ChooseQuantity(const Look& look, const char* id, float width, std::string_view hint,
                    std::string* name) {
  bool has_changed = false;
  ImGui::SetNextItemWidth(width);
  if (!ImGui::BeginCombo(id, QuantityNamed(*name).heading.data())) {
    Hint(look, hint);
    return false;
  }
  for (const RunQuantity& quantity : RunQuantities()) {
    const bool is_chosen = quantity.name == *name;
    if (ImGui::Selectable(quantity.heading.data(), is_chosen)) {
      *name = quantity.name;
      has_changed = true;
    }
    if (is_chosen) ImGui::SetItemDefaultFocus();
  }
  ImGui::EndCombo();
  return has_changed;
}

void DrawSearch(const Look& look, ExploreState& state, const std::vector<ExploredRun>& runs,
                Intents& intents) {
  char text[256];
  std::snprintf(text, sizeof text, "%s", state.search.c_str());
  const float button = look.Px(64);
  ImGui::SetNextItemWidth(ImGui::GetContentRegionAvail().x - button - look.Px(spacing::kSmall));
  if (IsPressed(Command::kSearch)) ImGui::SetKeyboardFocusHere();
  if (ImGui::InputTextWithHint("##search", "search: name, task, hardware, tag:NAME, notes  (/)",
                               text, sizeof text)) {
    state.search = text;
  }
  ImGui::SameLine(0, look.Px(spacing::kSmall));
  if (PressButton(look, "CSV",
                  {.hint = "Save the listed runs in this order, with unrounded values.",
                   .is_enabled = !runs.empty(),
                   .width = button})) {
    intents.push_back(ExportCsv{"runs", ExploredCsv(runs)});
  }
}

void DrawHeading(const Look& look, std::string_view name, ExploreState& state) {
  const RunQuantity& quantity = QuantityNamed(name);
  const bool is_sorted = state.sort == name;
  const std::string label =
      Concat(quantity.heading, is_sorted ? (state.is_descending ? " ↓" : " ↑") : "", "##", name);
  ImGui::PushFont(look.fonts.small);
  ImGui::PushStyleColor(ImGuiCol_Text, is_sorted ? look.palette().accent : look.palette().muted);
  if (ImGui::Selectable(label.c_str())) {
    state.is_descending = is_sorted && !state.is_descending;
    state.sort = name;
  }
  ImGui::PopStyleColor();
  ImGui::PopFont();
  Hint(look, "Sort by this column; press again to reverse.");
}

// A bar at the left of the row whose run is described below the list.
void MarkFocused(const Look& look) {
  const ImVec2 from = ImGui::GetItemRectMin();
  const ImVec2 to = ImGui::GetItemRectMax();
  ImGui::GetWindowDrawList()->AddRectFilled({from.x - look.Px(8), from.y},
                                            {from.x - look.Px(5), to.y}, look.palette().accent);
}

void DrawRow(const Look& look, const ExploredRun& explored, ExploreState& state) {
  const Palette& palette = look.palette();
  const Run& run = *explored.run;
  const StateLook words = LookOf(palette, run);
  const auto found = std::find(state.chosen.begin(), state.chosen.end(), run.run_id);
  const bool is_chosen = found != state.chosen.end();
  const std::string name = run.name.empty() ? TrainingText(run) : run.name;
  ImGui::TableNextRow();
  ImGui::TableNextColumn();
  ImGui::PushID(run.run_id.c_str());
  if (ImGui::Selectable("##run", is_chosen, ImGuiSelectableFlags_SpanAllColumns)) {
    Toggle(run.run_id, state);
    state.focused = run.run_id;
  }
  ImGui::PopID();
  if (run.run_id == state.focused) MarkFocused(look);
  std::string notes = Concat("\n", ForecastOutcome(run));
  if (!run.notes.empty()) notes += Concat("\n", run.notes);
  if (!run.tags.empty()) notes += Concat("\ntags: ", Join(run.tags, ", "));
  Hint(look, Concat(name, "\n", run.run_id, "\n", NameOf(run.state),
                    run.hardware.empty() ? "" : " · ", run.hardware, notes));
  ImGui::SameLine(0, 0);
  // A run in the chart shows the number and the colour of its curve.
  const auto number = found - state.chosen.begin();
  const Color color = is_chosen ? palette.series[number] : words.color;
  Say(look.fonts.strong, color, is_chosen ? std::to_string(number + 1) : words.symbol);
  ImGui::SameLine(look.Px(20));
  Say(look.fonts.body, palette.text,
      Fitted(look.fonts.body, name, ImGui::GetContentRegionAvail().x));
  for (const char* column : kColumns) {
    ImGui::TableNextColumn();
    const RunQuantity& quantity = QuantityNamed(column);
    const std::optional<double> value = quantity.value(explored);
    Say(look.fonts.body, value ? palette.text : palette.faint, value ? quantity.text(*value) : "–");
  }
}

// Keys j and k move along the list; o adds the run to the chart or removes it.
bool TakeKeys(const std::vector<ExploredRun>& runs, ExploreState& state) {
  const auto at = std::find_if(runs.begin(), runs.end(), [&](const ExploredRun& explored) {
    return explored.run->run_id == state.focused;
  });
  auto next = at == runs.end() ? runs.begin() : at;
  if (at != runs.end() && IsPressed(Command::kNextItem) && at + 1 != runs.end()) ++next;
  if (at != runs.end() && IsPressed(Command::kPreviousItem) && at != runs.begin()) --next;
  const bool has_moved = next != at;
  state.focused = next->run->run_id;
  if (IsPressed(Command::kOverlay)) Toggle(state.focused, state);
  return has_moved && at != runs.end();
}

void ScrollTo(const Look& look, const std::vector<ExploredRun>& runs, const std::string& run_id) {
  const auto at = std::find_if(runs.begin(), runs.end(), [&](const ExploredRun& explored) {
    return explored.run->run_id == run_id;
  });
  const float row = look.fonts.body->FontSize + 2 * ImGui::GetStyle().CellPadding.y;
  ImGui::SetScrollY(static_cast<float>(at - runs.begin()) * row - ImGui::GetWindowHeight() / 2);
}

void DrawTable(const Look& look, const std::vector<ExploredRun>& runs, ExploreState& state) {
  constexpr ImGuiTableFlags kFlags =
      ImGuiTableFlags_BordersInnerH | ImGuiTableFlags_ScrollY | ImGuiTableFlags_SizingStretchProp;
  const bool has_moved = TakeKeys(runs, state);
  if (!ImGui::BeginTable("runs", 1 + static_cast<int>(std::size(kColumns)), kFlags)) return;
  if (has_moved) ScrollTo(look, runs, state.focused);
  ImGui::TableSetupScrollFreeze(0, 1);
  ImGui::TableSetupColumn("run", ImGuiTableColumnFlags_None, 2.9f);
  for (const char* column : kColumns) {
    ImGui::TableSetupColumn(column, ImGuiTableColumnFlags_None, 1.0f);
  }
  ImGui::TableNextRow();
  ImGui::TableNextColumn();
  Say(look.fonts.small, look.palette().muted,
      Concat(CountText(static_cast<int64_t>(runs.size())), " runs"));
  for (const char* column : kColumns) {
    ImGui::TableNextColumn();
    DrawHeading(look, column, state);
  }
  ImGuiListClipper clipper;
  clipper.Begin(static_cast<int>(runs.size()));
  while (clipper.Step()) {
    for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i) {
      DrawRow(look, runs[static_cast<size_t>(i)], state);
    }
  }
  ImGui::EndTable();
}

ChartContent OverlayOf(const Screen& screen, const ExploreState& state) {
  const Palette& palette = screen.look.palette();
  ChartContent chart{.id = "overlay", .title = "Accuracy", .values = Values::kPercent};
  chart.y_range = Range{0, 1.03};
  chart.empty_text = "Press a run in the list, or a dot, to show its curve here.";
  constexpr Dash kDashes[] = {Dash::kSolid, Dash::kDashed, Dash::kDotted};
  for (size_t i = 0; i < state.chosen.size(); ++i) {
    const Run* run = screen.model.FindRun(state.chosen[i]);
    const RunTrace* trace = screen.model.FindTrace(state.chosen[i]);
    if (run == nullptr || trace == nullptr) continue;
    const std::string name = run->name.empty() ? TrainingText(*run) : run->name;
    chart.lines.push_back({std::to_string(i + 1), trace,
                           &trace->series(Metric::kValidationAccuracy), palette.series[i],
                           kDashes[i % 3], /*is_ghost=*/false, Concat(name, " ", run->run_id)});
    if (chart.reference == nullptr) chart.reference = trace;
  }
  return chart;
}

void DrawPlots(const Screen& screen, ExploreState& state, const std::vector<ExploredRun>& runs,
               Intents& intents) {
  const Look& look = screen.look;
  const float half = std::floor((ImGui::GetContentRegionAvail().y - look.Px(spacing::kMedium)) / 2);
  BeginFixedCard(look, "scatter", {0, half});
  const float choice = std::floor((ImGui::GetContentRegionAvail().x - look.Px(160)) / 2);
  ChooseQuantity(look, "##up", choice, "Quantity of the vertical axis.", &state.up);
  ImGui::SameLine(0, look.Px(spacing::kSmall));
  Say(look.fonts.small, look.palette().muted, "by");
  ImGui::SameLine(0, look.Px(spacing::kSmall));
  ChooseQuantity(look, "##across", choice, "Quantity of the horizontal axis.", &state.across);
  ImGui::SameLine(0, look.Px(spacing::kSmall));
  if (PressButton(
          look, "Forecasts",
          {.kind = ButtonKind::kQuiet,
           .hint = "Predicted against actual grok step. Recorded runs: predicted by weights that "
                   "were trained without their operation. Other runs: the last forecast before "
                   "the grok."})) {
    state.across = "grok_step";
    state.up = "predicted_grok_step";
  }
  ImGui::SameLine(ImGui::GetContentRegionAvail().x - look.Px(28));
  const bool saves_picture = PressButton(
      look, "PNG", {.kind = ButtonKind::kQuiet, .hint = "Save these dots as a picture."});
  VerticalSpace(look, 2);
  const ScatterContent content{&QuantityNamed(state.across), &QuantityNamed(state.up), &runs,
                               &state.chosen};
  const ImVec2 place = ImGui::GetCursorScreenPos();
  const ImVec2 size = ImGui::GetContentRegionAvail();
  const std::string pressed = DrawScatter(look, content, size);
  if (!pressed.empty()) {
    Toggle(pressed, state);
    state.focused = pressed;
  }
  if (saves_picture) {
    intents.push_back(
        ExportPicture{Concat(state.up, "-by-", state.across), place.x, place.y, size.x, size.y});
  }
  EndCard();
  BeginFixedCard(look, "overlays", {0, 0});
  DrawAxisChoice(look, state.group);
  DrawChart(look, OverlayOf(screen, state), state.overlay, state.group,
            ImGui::GetContentRegionAvail(), intents);
  EndCard();
}

// Searching and sorting hundreds of runs takes longer than one frame, so it is done only after a
// change.
const std::vector<ExploredRun>& Listed(const AppModel& model, ExploreState& state) {
  const std::string by =
      Concat(model.version(), " ", state.sort, state.is_descending ? " down " : " ", state.search);
  if (by != state.listed_by) {
    state.listed = ExploredRunsOf(model, state.search);
    SortBy(QuantityNamed(state.sort), state.is_descending, state.listed);
    state.listed_by = by;
  }
  return state.listed;
}

void Begin(const std::vector<ExploredRun>& runs, ExploreState& state) {
  if (state.has_begun) return;
  state.has_begun = true;
  std::vector<std::string> grokked;
  std::vector<std::string> forecast;
  for (const ExploredRun& explored : runs) {
    if (!explored.run->grok_step) continue;
    grokked.push_back(explored.run->run_id);
    if (explored.run->forecast) forecast.push_back(explored.run->run_id);
  }
  if (forecast.size() >= kFirstOverlays) grokked.swap(forecast);
  // An early, a middling and a late one.
  const size_t shown = std::min(kFirstOverlays, grokked.size());
  for (size_t i = 0; i < shown; ++i) {
    state.chosen.push_back(grokked[(2 * i + 1) * grokked.size() / (2 * shown)]);
  }
  if (!state.chosen.empty()) state.focused = state.chosen.front();
}

}  // namespace

void DrawExploreView(const Screen& screen, ExploreState& state, Intents& intents) {
  const Look& look = screen.look;
  if (screen.model.runs().empty()) {
    return EmptyState(
        look, "Nothing to explore yet",
        "Connect to a server or look at recorded runs, both on the page Servers (6).");
  }
  const std::vector<ExploredRun>& runs = Listed(screen.model, state);
  Begin(runs, state);
  for (const std::string& run_id : state.chosen) {
    if (screen.model.FindTrace(run_id) == nullptr) intents.push_back(FollowRun{run_id});
  }
  const ImVec2 room = ImGui::GetContentRegionAvail();
  const bool is_narrow = room.x < look.Px(kNarrowExplore);
  const float gap = look.Px(spacing::kMedium);
  const float width = is_narrow ? 0 : std::floor((room.x - gap) * 0.52f);
  const Run* focused = screen.model.FindRun(state.focused);
  const float below = focused != nullptr ? look.Px(kRunNotesHeight) + gap : 0;
  ImGui::BeginChild("runs", {width, is_narrow ? look.Px(380) : 0});
  BeginCard(look, "list", {0, -below});
  DrawSearch(look, state, runs, intents);
  if (runs.empty()) {
    EmptyState(look, "No run matches",
               "A run is listed if all words occur in it. Clear the search to see all.");
  } else {
    DrawTable(look, runs, state);
  }
  EndCard();
  if (focused != nullptr) {
    BeginFixedCard(look, "notes", {0, 0});
    DrawRunNotes(screen, *focused, state.notes, intents);
    EndCard();
  }
  ImGui::EndChild();
  if (!is_narrow) ImGui::SameLine(0, gap);
  ImGui::BeginChild("plots", {0, is_narrow ? look.Px(640) : 0});
  DrawPlots(screen, state, runs, intents);
  ImGui::EndChild();
}

}  // namespace powerdown
