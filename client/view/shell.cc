#include "client/view/shell.h"

#include <algorithm>
#include <cmath>

#include "client/view/bindings.h"
#include "client/view/navigation.h"
#include "client/view/widgets.h"
#include "common/base/text.h"

namespace powerdown {
namespace {

constexpr float kStatusHeight = 34;

void DrawStatus(const Screen& screen, const OwnUse& own) {
  const Look& look = screen.look;
  const Palette& palette = look.palette();
  const Link& link = screen.model.link();
  const bool is_well = link.state == LinkState::kConnected || link.state == LinkState::kRecorded;
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float width = ImGui::GetContentRegionAvail().x;
  ImDrawList* list = ImGui::GetWindowDrawList();
  list->AddLine(at, {at.x + width, at.y}, palette.border);
  const float y = at.y + look.Px(10);
  char watts[96];
  std::snprintf(watts, sizeof watts, "this window: %.1f%% of a core, ≈%.2g W · %lld frames/min",
                100 * own.core_share, own.watts, static_cast<long long>(own.frames_per_minute));
  const float right = WidthOf(look.fonts.small, watts);
  const Color color = is_well ? palette.good : palette.waste;
  const std::string text = LinkText(link, screen.now);
  const float room = width - right - look.Px(48);
  DrawText(list, look.fonts.small, {at.x + look.Px(16), y}, color, is_well ? "●" : "▲");
  DrawText(list, look.fonts.small, {at.x + look.Px(34), y}, palette.muted,
           Fitted(look.fonts.small, text, std::max(room, look.Px(60))));
  if (room > look.Px(60)) {
    DrawText(list, look.fonts.small, {at.x + width - right - look.Px(12), y}, palette.faint, watts);
  }
  ImGui::Dummy({width, look.Px(kStatusHeight)});
  Hint(look,
       "Processor time of this window over the last seconds, at 8 W a core: an estimate. "
       "Frames are drawn only when something changes.");
}

void DrawNotices(const Screen& screen, Intents& intents) {
  if (screen.model.notices().empty()) return;
  const Look& look = screen.look;
  const Palette& palette = look.palette();
  const Notice& notice = screen.model.notices().front();
  const bool is_problem = notice.kind == Notice::Kind::kProblem;
  const ImVec2 display = ImGui::GetIO().DisplaySize;
  const float width = std::min(look.Px(460), display.x - look.Px(32));
  ImGui::SetNextWindowPos(
      {display.x - width - look.Px(16), display.y - look.Px(kStatusHeight + 12)}, ImGuiCond_Always,
      {0, 1});
  ImGui::SetNextWindowSize({width, 0});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {look.Px(16), look.Px(12)});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, look.Px(spacing::kRadius));
  ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, look.Px(1));
  ImGui::PushStyleColor(ImGuiCol_WindowBg, palette.surface);
  constexpr ImGuiWindowFlags kFlags = ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove |
                                      ImGuiWindowFlags_NoSavedSettings |
                                      ImGuiWindowFlags_NoFocusOnAppearing;
  ImGui::Begin("##notice", nullptr, kFlags);
  Say(look.fonts.strong, is_problem ? palette.bad : palette.good,
      is_problem ? "▲ Failed" : "✓ Done");
  SayWrapped(look.fonts.body, palette.text, notice.text);
  if (PressButton(look, "Close", {.hint = "Close this (Esc)."}) || IsPressed(Command::kClose)) {
    intents.push_back(DismissNotice{});
  }
  ImGui::End();
  ImGui::PopStyleColor();
  ImGui::PopStyleVar(3);
}

void DrawHelp(const Look& look, bool* is_open) {
  const Palette& palette = look.palette();
  if (*is_open && !ImGui::IsPopupOpen("help")) ImGui::OpenPopup("help");
  const ImVec2 display = ImGui::GetIO().DisplaySize;
  ImGui::SetNextWindowPos({display.x / 2, display.y / 2}, ImGuiCond_Always, {0.5f, 0.5f});
  ImGui::SetNextWindowSize({std::min(look.Px(560), display.x - look.Px(24)),
                            std::min(look.Px(760), display.y - look.Px(24))});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {look.Px(24), look.Px(20)});
  if (ImGui::BeginPopupModal("help", nullptr,
                             ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove)) {
    Say(look.fonts.title, palette.text, "Keys");
    SayWrapped(look.fonts.small, palette.muted,
               "Tab and the arrow keys select everything else; Space or Enter presses it.");
    std::string_view where;
    for (const Binding& binding : Bindings()) {
      if (binding.where != where) {
        where = binding.where;
        VerticalSpace(look, spacing::kTiny);
        Say(look.fonts.strong, palette.accent, where);
      }
      Say(look.fonts.strong, palette.text, binding.key);
      ImGui::SameLine(look.Px(84));
      SayWrapped(look.fonts.body, palette.muted, binding.what);
    }
    if (PressButton(look, "Close", {.kind = ButtonKind::kPrimary}) || IsPressed(Command::kClose) ||
        (IsPressed(Command::kHelp) && !ImGui::IsWindowAppearing())) {
      *is_open = false;
      ImGui::CloseCurrentPopup();
    }
    ImGui::EndPopup();
  }
  ImGui::PopStyleVar();
}

void TakeKeys(ShellState& state, Intents& intents) {
  if (state.is_help_open || state.palette.is_open) return;
  for (int i = 0; i < kViews; ++i) {
    if (IsPressed(static_cast<Command>(i))) state.view = static_cast<ViewName>(i);
  }
  if (IsPressed(Command::kHelp)) state.is_help_open = true;
  if (IsPressed(Command::kPalette)) state.palette.is_open = true;
  if (IsPressed(Command::kTheme)) state.wants_next_theme = true;
  if (IsPressed(Command::kQuit)) intents.push_back(Quit{});
}

bool IsOutOfReach(const Link& link) {
  return link.state == LinkState::kReconnecting ||
         (link.state == LinkState::kConnecting && !link.problem.empty());
}

// A server that cannot be reached is not one without runs: says so in the middle of the view. What
// is known from before is shown below a line that says how old it is.
bool DrawOutOfReach(const Screen& screen, ShellState& state) {
  const Look& look = screen.look;
  const Link& link = screen.model.link();
  const std::string problem = link.problem.empty() ? "It does not answer." : link.problem;
  if (!screen.model.runs().empty()) {
    SayFitted(look, look.fonts.body, look.palette().waste,
              Concat("▲ ", link.server.name, " cannot be reached, what is shown is old. ", problem),
              ImGui::GetContentRegionAvail().x);
    return false;
  }
  EmptyState(look, Concat("Cannot reach ", link.server.name),
             Concat(problem, " It is tried again by itself; choose another server with 6."));
  const float width = look.Px(180);
  ImGui::SetCursorPosX(ImGui::GetCursorPosX() + (ImGui::GetContentRegionAvail().x - width) / 2);
  if (PressButton(look, "Choose a server", {.kind = ButtonKind::kPrimary, .width = width})) {
    state.view = ViewName::kServers;
  }
  return true;
}

// Of the first start: nothing is connected, and nothing was ever shown.
void DrawStartHere(const Look& look, ShellState& state, Intents& intents) {
  EmptyState(look, "Start here",
             "Train on this computer, with a private server that starts and ends by itself. Or "
             "watch real runs that were recorded.");
  const float width = look.Px(220);
  const auto press = [&](const char* label, ButtonKind kind, std::string_view hint) {
    ImGui::SetCursorPosX(ImGui::GetCursorPosX() + (ImGui::GetContentRegionAvail().x - width) / 2);
    return PressButton(look, label, {.kind = kind, .hint = hint, .width = width});
  };
  VerticalSpace(look, spacing::kSmall);
  if (press("Use this computer", ButtonKind::kPrimary, "It ends after ten idle minutes.")) {
    intents.push_back(StartLocalServer{});
  }
  if (press("Play the demo", ButtonKind::kPlain, "A recorded training; nothing is started.")) {
    intents.push_back(ShowRecorded{});
    intents.push_back(PlayRecording{});
  }
  if (press("Another computer…", ButtonKind::kQuiet, "Pair with a server on your network (6).")) {
    state.view = ViewName::kServers;
  }
}

void DrawView(const Screen& screen, ShellState& state, Intents& intents) {
  if (state.view == ViewName::kCompare && screen.model.link().state == LinkState::kNone &&
      screen.model.runs().empty()) {
    return DrawStartHere(screen.look, state, intents);
  }
  const bool is_hidden = state.view != ViewName::kServers && IsOutOfReach(screen.model.link()) &&
                         DrawOutOfReach(screen, state);
  if (is_hidden) return;
  switch (state.view) {
    case ViewName::kCompare:
      return DrawCompareView(screen, state.compare, intents);
    case ViewName::kFleet:
      return DrawFleetView(screen, state.fleet, intents);
    case ViewName::kLive:
      return DrawLiveView(screen, state.live, intents);
    case ViewName::kExplore:
      return DrawExploreView(screen, state.explore, intents);
    case ViewName::kQuiz:
      return DrawQuizView(screen, state.quiz, intents);
    case ViewName::kServers:
      return DrawServersView(screen, state.servers, intents);
    default:
      return;
  }
}

}  // namespace

std::string LinkText(const Link& link, absl::Time now) {
  switch (link.state) {
    case LinkState::kNone:
      return "no server: connect to one, or start one here (6)";
    case LinkState::kRecorded:
      return "recorded runs, no server";
    case LinkState::kConnecting:
      return Concat("connecting to ", link.server.name, " …");
    case LinkState::kConnected: {
      std::string text = Concat("connected to ", link.server.name);
      if (link.round_trip > absl::ZeroDuration()) {
        text +=
            Concat(" · ", QuantityText(absl::ToDoubleSeconds(link.round_trip), "s"), " round trip");
      }
      if (link.lag > absl::ZeroDuration()) {
        text += Concat(" · lag ", QuantityText(absl::ToDoubleSeconds(link.lag), "s"));
      }
      return text;
    }
    case LinkState::kReconnecting:
      break;
  }
  const int64_t seconds =
      std::max<int64_t>(0, std::llround(absl::ToDoubleSeconds(link.retry_at - now)));
  std::string text = Concat("reconnecting to ", link.server.name, " in ", seconds, " s");
  if (link.last_message > absl::UnixEpoch()) {
    text += Concat(" · stale since ",
                   absl::FormatTime("%H:%M:%S", link.last_message, absl::LocalTimeZone()));
  }
  return text;
}

Intents DrawShell(const Screen& screen, ShellState& state, const OwnUse& own) {
  const Look& look = screen.look;
  Intents intents;
  TakeKeys(state, intents);
  ImGui::SetNextWindowPos({0, 0});
  ImGui::SetNextWindowSize(ImGui::GetIO().DisplaySize);
  constexpr ImGuiWindowFlags kFlags =
      ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoSavedSettings |
      ImGuiWindowFlags_NoBringToFrontOnFocus | ImGuiWindowFlags_NoScrollWithMouse;
  ImGui::Begin("PowerDown", nullptr, kFlags);
  const float height = ImGui::GetContentRegionAvail().y - look.Px(kStatusHeight);
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {0, 0});
  DrawNavigation(look, &state.view, height);
  ImGui::SameLine();
  ImGui::PopStyleVar();
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding,
                      {look.Px(spacing::kLarge), look.Px(spacing::kLarge)});
  ImGui::BeginChild("view", {0, height}, false, ImGuiWindowFlags_AlwaysUseWindowPadding);
  ImGui::PopStyleVar();
  DrawView(screen, state, intents);
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {0, 0});
  ImGui::EndChild();
  DrawStatus(screen, own);
  ImGui::PopStyleVar();
  // Within this window: the end of one ends the log of what was drawn.
  DrawHelp(look, &state.is_help_open);
  DrawPalette(screen, state, intents);
  DrawNotices(screen, intents);
  ImGui::End();
  return intents;
}

}  // namespace powerdown
