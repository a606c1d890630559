#include "client/view/servers_view.h"

#include <algorithm>
#include <cmath>

#include "client/model/phrases.h"
#include "client/view/bindings.h"
#include "client/view/shell.h"
#include "client/view/widgets.h"
#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {
namespace {

constexpr std::string_view kPairingStart = "powerdown://";

void Row(const Look& look, std::string_view name, std::string_view value, float label = 132) {
  Say(look.fonts.body, look.palette().muted, name);
  ImGui::SameLine(look.Px(label));
  SayFitted(look, look.fonts.body, look.palette().text, value, ImGui::GetContentRegionAvail().x);
}

struct StateWords {
  const char* symbol;
  const char* word;
  Color color;
};

StateWords WordsOf(const Palette& palette, LinkState state) {
  switch (state) {
    case LinkState::kConnected:
      return {"●", "connected", palette.good};
    case LinkState::kConnecting:
      return {"○", "connecting", palette.accent};
    case LinkState::kReconnecting:
      return {"▲", "reconnecting", palette.waste};
    case LinkState::kRecorded:
      return {"■", "recorded runs", palette.accent};
    case LinkState::kNone:
      break;
  }
  return {"○", "not connected", palette.muted};
}

void DrawFacts(const Screen& screen) {
  const Look& look = screen.look;
  const AppModel& model = screen.model;
  if (!model.facts()) return;
  const ServerFacts& facts = *model.facts();
  Row(look, "Computer", facts.hostname);
  Row(look, "Version", facts.version);
  Row(look, "Addresses", facts.addresses);
  Row(look, "State", facts.state_dir);
  Row(look, "Serving since",
      Concat(LocalTimeText(facts.started_at), " (", DurationText(screen.now - facts.started_at),
             ")"));
  int64_t running = 0;
  int64_t queued = 0;
  for (const Run* run : model.own_runs()) {
    running += run->state == RunState::kRunning;
    queued += run->state == RunState::kQueued;
  }
  Row(look, "Runs",
      Concat(CountText(running), " running, ", CountText(queued), " queued, ",
             CountText(static_cast<int64_t>(model.own_runs().size())), " in all; ",
             CountText(static_cast<int64_t>(model.runs().size() - model.own_runs().size())),
             " recorded elsewhere"));
  for (const MeterRow& meter : model.meters()) {
    Row(look, meter.is_used ? "Meter" : "Not used",
        Concat(meter.device, ": ", meter.source, ", ", meter.reason,
               meter.remedy.empty() ? "" : "; ", meter.remedy));
  }
}

void DrawLink(const Screen& screen, Intents& intents) {
  const Look& look = screen.look;
  const Palette& palette = look.palette();
  const Link& link = screen.model.link();
  const StateWords words = WordsOf(palette, link.state);
  Say(look.fonts.title, palette.text, link.server.name.empty() ? "No server" : link.server.name);
  Badge(look, words.symbol, words.word, words.color);
  SayWrapped(look.fonts.body, palette.muted, LinkText(link, screen.now));
  if (link.state == LinkState::kReconnecting && !link.problem.empty()) {
    SayWrapped(look.fonts.body, palette.waste, link.problem);
    SayWrapped(look.fonts.small, palette.faint,
               "The pages show the last state received, and update once the connection is back.");
  }
  VerticalSpace(look, spacing::kTiny);
  DrawFacts(screen);
  VerticalSpace(look, spacing::kTiny);
  if (link.state != LinkState::kNone && link.state != LinkState::kRecorded &&
      PressButton(look, "Disconnect", {.hint = "Runs continue without this window."})) {
    intents.push_back(Disconnect{});
  }
}

void DrawOffers(const Look& look, Intents& intents) {
  const Palette& palette = look.palette();
  const float width = ImGui::GetContentRegionAvail().x;
  Say(look.fonts.strong, palette.text, "On this computer");
  SayWrapped(look.fonts.small, palette.muted,
             "Starts a private daemon, or uses the running one. It ends after ten idle minutes.");
  if (PressButton(look, "Use this computer", {.kind = ButtonKind::kPrimary, .width = width})) {
    intents.push_back(StartLocalServer{});
  }
  VerticalSpace(look, spacing::kTiny);
  Say(look.fonts.strong, palette.text, "Without a server");
  SayWrapped(look.fonts.small, palette.muted,
             "Real runs that were recorded. Nothing can be started.");
  if (PressButton(look, "Look at recorded runs", {.width = width})) {
    intents.push_back(ShowRecorded{});
  }
}

void DrawAddress(const Look& look, ServersState& state, Intents& intents) {
  const Palette& palette = look.palette();
  Say(look.fonts.strong, palette.text, "Another computer");
  SayWrapped(look.fonts.small, palette.muted,
             "Run `powerdown server pair` on that box and paste its output, or enter a paired "
             "HOST:PORT, or unix:PATH. If no port is open, forward the socket: "
             "ssh -N -L /tmp/pd.sock:.local/state/powerdown/powerdown.sock user@box");
  ImGui::SetNextItemWidth(-look.Px(108));
  if (IsPressed(Command::kSearch)) ImGui::SetKeyboardFocusHere();
  const bool is_entered =
      ImGui::InputTextWithHint("##address", "powerdown://… or unix:/tmp/pd.sock", state.address,
                               sizeof state.address, ImGuiInputTextFlags_EnterReturnsTrue);
  ImGui::SameLine();
  const bool is_pairing = std::string_view(state.address).starts_with(kPairingStart);
  const bool has_address = state.address[0] != '\0';
  const bool is_pressed = PressButton(look, is_pairing ? "Pair" : "Connect",
                                      {.is_enabled = has_address, .width = look.Px(100)});
  if (has_address && (is_entered || is_pressed)) {
    if (is_pairing) {
      intents.push_back(PairServer{state.address});
    } else {
      intents.push_back(ConnectServer{state.address});
    }
  }
  if (state.known == nullptr || state.known->empty()) return;
  VerticalSpace(look, spacing::kTiny);
  Say(look.fonts.strong, palette.text, "Used before");
  for (const ServerProfile& server : *state.known) {
    ImGui::PushID(server.address.c_str());
    const std::string label =
        Fitted(look.fonts.strong, server.name, ImGui::GetContentRegionAvail().x - look.Px(24));
    if (PressButton(look, label.c_str(), {.hint = server.address})) {
      intents.push_back(ConnectServer{server.address});
    }
    ImGui::PopID();
  }
}

}  // namespace

void DrawServersView(const Screen& screen, ServersState& state, Intents& intents) {
  const Look& look = screen.look;
  const float room = ImGui::GetContentRegionAvail().x;
  const float gap = look.Px(spacing::kMedium);
  const bool is_narrow = room < look.Px(720);
  const float width = is_narrow ? room : std::floor((room - gap) / 2);
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {gap, gap});
  BeginCard(look, "link", {width, is_narrow ? look.Px(280) : 0});
  ImGui::PopStyleVar();
  DrawLink(screen, intents);
  EndCard();
  if (!is_narrow) ImGui::SameLine(0, gap);
  BeginCard(look, "others", {width, is_narrow ? look.Px(420) : 0});
  DrawOffers(look, intents);
  VerticalSpace(look, spacing::kTiny);
  DrawAddress(look, state, intents);
  EndCard();
}

}  // namespace powerdown
