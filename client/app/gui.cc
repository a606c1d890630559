#include "client/app/gui.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <utility>
#include <variant>
#include <vector>

#include "absl/time/clock.h"
#include "client/app/pairing.h"
#include "client/app/recorded_runs.h"
#include "client/report/report_page.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/platform/files.h"

namespace powerdown {
namespace {

namespace fs = std::filesystem;

// ImGui settles hovering, popups and scroll bars within this many frames.
constexpr int kFramesAfterEvent = 3;
constexpr double kSleepForever = 3600;
constexpr double kWattsPerCore = 8;  // of a laptop's processor, typical
constexpr absl::Duration kOwnUsePeriod = absl::Seconds(5);
constexpr double kPlayingFrame = 0.04;  // seconds: as smooth as a live stream of reports
constexpr double kPairingPoll = 0.2;    // its wake-up comes a moment before its result
constexpr size_t kMostServers = 8;

double CpuSeconds() {
  rusage use{};
  getrusage(RUSAGE_SELF, &use);
  const auto seconds = [](const timeval& time) { return time.tv_sec + time.tv_usec / 1e6; };
  return seconds(use.ru_utime) + seconds(use.ru_stime);
}

fs::path ExportFolder() {
  const char* home = std::getenv("HOME");
  if (home == nullptr) return fs::current_path();
  std::error_code error;
  const fs::path downloads = fs::path(home) / "Downloads";
  return fs::is_directory(downloads, error) ? downloads : fs::path(home);
}

// name.csv, name-2.csv, …: nothing is overwritten.
fs::path FreePath(const std::string& name, const std::string& ending) {
  const fs::path folder = ExportFolder();
  fs::path path = folder / Concat("powerdown-", name, ending);
  for (int i = 2; fs::exists(path); ++i) {
    path = folder / Concat("powerdown-", name, "-", i, ending);
  }
  return path;
}

}  // namespace

Gui::Gui(GuiOptions options, Settings settings)
    : options_(std::move(options)), settings_(std::move(settings)) {
  state_.view = options_.view;
}

Gui::~Gui() {
  session_.reset();
  const std::string path = SettingsPath();
  // The window closes, so a failure to save the settings cannot be shown any more.
  if (window_ != nullptr && !path.empty()) SaveSettings(settings_, path).IgnoreError();
  window_.reset();
  if (ImGui::GetCurrentContext() != nullptr) ImGui::DestroyContext();
}

absl::Status Gui::Open() {
  ImGui::CreateContext();
  ImGuiIO& io = ImGui::GetIO();
  io.IniFilename = nullptr;
  io.LogFilename = nullptr;
  io.ConfigFlags |= ImGuiConfigFlags_NavEnableKeyboard;
  io.ConfigInputTextCursorBlink = false;  // a blinking cursor would need frames
  std::string problem;
  window_ = Window::Open("PowerDown", options_.has_size ? options_.width : settings_.width,
                         options_.has_size ? options_.height : settings_.height, &problem);
  if (window_ == nullptr) return absl::UnavailableError(problem);
  look_.theme = options_.theme.value_or(settings_.theme);
  look_.scale = options_.scale > 0 ? options_.scale : window_->scale();
  look_.fonts = LoadFonts(look_.scale);
  ApplyLook(look_);
  if (!window_->StartDrawing()) return absl::UnavailableError("OpenGL 3.3 cannot start");
  return absl::OkStatus();
}

absl::Status Gui::Run() {
  RETURN_IF_ERROR(Open());
  if (!options_.text.empty() || !options_.figures.empty()) {
    diary_ = std::make_unique<Diary>(options_.text, options_.figures);
  }
  model_.Apply(WeightsRead{ReadWeights()});
  ConnectFirst();
  measured_at_ = absl::Now();
  measured_cpu_seconds_ = CpuSeconds();
  int frames_due = kFramesAfterEvent;
  absl::Time last_frame = absl::Now();
  while (!window_->should_close()) {
    const double limit = LongestSleep();
    const bool has_input = window_->Wait(frames_due > 0 ? 0 : limit);
    const bool is_time = absl::Now() - last_frame >= absl::Seconds(limit);
    const bool has_news = TakeUpdates();
    if (has_input) frames_due = kFramesAfterEvent;
    if (has_news || is_time) frames_due = std::max(frames_due, 1);
    if (frames_due == 0) continue;
    --frames_due;
    DrawFrame();
    last_frame = absl::Now();
  }
  return diary_ != nullptr ? diary_->Finish() : absl::OkStatus();
}

void Gui::ConnectFirst() {
  if (options_.is_demo) {
    Carry(ShowRecorded{});
    return Carry(PlayRecording{});
  }
  const char* from_environment = std::getenv("POWERDOWN_SERVER");
  std::string wanted = options_.server;
  if (wanted.empty() && from_environment != nullptr) wanted = from_environment;
  if (!wanted.empty()) return Carry(ConnectServer{wanted});
  if (settings_.was_local) return Carry(StartLocalServer{});
  if (!settings_.servers.empty()) return Connect(settings_.servers.front());
}

void Gui::Connect(const ServerProfile& server) {
  session_.reset();
  playing_.reset();
  model_.ForgetServer();
  session_ = std::make_unique<ServerSession>(server, [] { Window::Wake(); });
  settings_.was_local = server.address.empty();
  if (!settings_.was_local) Remember(server);
}

void Gui::Remember(const ServerProfile& server) {
  std::erase_if(settings_.servers,
                [&](const ServerProfile& known) { return known.address == server.address; });
  settings_.servers.insert(settings_.servers.begin(), server);
  if (settings_.servers.size() > kMostServers) settings_.servers.pop_back();
}

void Gui::Pair(const std::string& pairing) {
  if (pairing_.valid()) return;
  pairing_ = std::async(std::launch::async, [pairing] {
    absl::StatusOr<ServerProfile> paired = PairAndSave(pairing);
    Window::Wake();
    return paired;
  });
  Tell(Notice::Kind::kDone, "Pairing…");
}

bool Gui::FinishPairing() {
  if (!pairing_.valid() || pairing_.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
    return false;
  model_.DismissNotice();
  const absl::StatusOr<ServerProfile> paired = pairing_.get();
  if (!paired.ok()) {
    Tell(Notice::Kind::kProblem, std::string(paired.status().message()));
    return true;
  }
  state_.servers.address[0] = '\0';
  Connect(*paired);
  Tell(Notice::Kind::kDone,
       Concat("Paired with ", paired->address, "; it is now in the list of servers."));
  return true;
}

bool Gui::TakeUpdates() {
  bool has_news = FinishPairing();
  has_news |= model_.ForgetOldNotices(absl::Now());
  has_news |= PlayOn(absl::Now());
  if (session_ == nullptr) return has_news;
  for (const AppUpdate& update : session_->TakeUpdates(&news_arrived_)) {
    model_.Apply(update);
    // Only looked at in one view, and there is always more of it.
    const bool is_of_power = std::holds_alternative<PowerChanged>(update) ||
                             std::holds_alternative<LedgerChanged>(update);
    has_news |= !is_of_power || state_.view == ViewName::kLive;
  }
  return has_news;
}

// A film needs its frames, a countdown and a notice one a second; nothing else needs one unasked.
double Gui::LongestSleep() const {
  if (playing_) return kPlayingFrame;
  if (pairing_.valid()) return kPairingPoll;
  if (state_.view == ViewName::kQuiz && state_.quiz.is_playing) {
    return absl::ToDoubleSeconds(kFilmFrame);
  }
  const bool has_notice = !model_.notices().empty();
  return has_notice || model_.link().state == LinkState::kReconnecting ? 1 : kSleepForever;
}

void Gui::DrawFrame() {
  MeasureOwnUse();
  window_->BeginFrame();
  if (diary_ != nullptr) diary_->BeginFrame();
  state_.servers.known = &settings_.servers;
  state_.compare.is_playing = playing_.has_value();
  const Intents intents = DrawShell({model_, look_, absl::Now()}, state_, own_);
  if (diary_ != nullptr) diary_->EndDrawing(model_);
  window_->EndFrame();
  for (const Intent& intent : intents) Carry(intent);
  for (const ExportPicture& picture : std::exchange(pictures_, {})) Export(picture);
  window_->Show();
  if (diary_ != nullptr) diary_->Shown(std::exchange(news_arrived_, absl::InfiniteFuture()));
  ++frames_;
  if (std::exchange(state_.wants_next_theme, false)) NextTheme();
  const ImVec2 size = ImGui::GetIO().DisplaySize;
  settings_.width = static_cast<int>(size.x);
  settings_.height = static_cast<int>(size.y);
}

void Gui::MeasureOwnUse() {
  const absl::Duration since = absl::Now() - measured_at_;
  if (since < kOwnUsePeriod) return;
  const double cpu_seconds = CpuSeconds();
  const double seconds = absl::ToDoubleSeconds(since);
  own_.core_share = (cpu_seconds - measured_cpu_seconds_) / seconds;
  own_.watts = own_.core_share * kWattsPerCore;
  own_.frames_per_minute =
      std::llround(static_cast<double>(frames_ - measured_frames_) * 60 / seconds);
  measured_at_ = absl::Now();
  measured_cpu_seconds_ = cpu_seconds;
  measured_frames_ = frames_;
}

void Gui::NextTheme() {
  look_.theme = static_cast<ThemeName>((static_cast<int>(look_.theme) + 1) % 3);
  settings_.theme = look_.theme;
  ApplyLook(look_);
}

void Gui::Tell(Notice::Kind kind, const std::string& text) {
  model_.Apply(Notice{kind, text, absl::Now()});
}

void Gui::Carry(const Intent& intent) {
  if (const auto* connect = std::get_if<ConnectServer>(&intent)) {
    for (const ServerProfile& known : settings_.servers) {
      if (known.name == connect->address || known.address == connect->address) {
        return Connect(ServerProfile(known));
      }
    }
    return Connect({connect->address, connect->address});
  }
  if (const auto* pair = std::get_if<PairServer>(&intent)) return Pair(pair->pairing);
  if (std::holds_alternative<StartLocalServer>(intent)) return Connect({"this computer", ""});
  if (std::holds_alternative<ShowRecorded>(intent)) return ShowRecordedRuns();
  if (const auto* play = std::get_if<PlayRecording>(&intent)) return Play(*play);
  if (std::holds_alternative<StopPlaying>(intent)) return EndPlaying();
  if (std::holds_alternative<Disconnect>(intent)) {
    session_.reset();
    model_.Apply(LinkChanged{});
    return;
  }
  if (const auto* csv = std::get_if<ExportCsv>(&intent)) return Export(*csv);
  if (const auto* picture = std::get_if<ExportPicture>(&intent))
    return pictures_.push_back(*picture);
  if (const auto* report = std::get_if<SaveReport>(&intent)) return Export(*report);
  if (const auto* copy = std::get_if<CopyText>(&intent)) {
    return ImGui::SetClipboardText(copy->text.c_str());
  }
  if (std::holds_alternative<DismissNotice>(intent)) return model_.DismissNotice();
  if (std::holds_alternative<Quit>(intent)) return window_->RequestClose();
  if (const auto* follow = std::get_if<FollowComparison>(&intent)) {
    model_.ShowComparison(follow->comparison_id);
  }
  if (session_ != nullptr) return session_->Carry(intent);
  if (const auto* follow = std::get_if<FollowRun>(&intent)) ShowRecordedCurves(follow->run_id);
}

void Gui::ShowRecordedRuns() {
  const absl::StatusOr<std::vector<AppUpdate>> updates = ReadRecordedRuns();
  if (!updates.ok()) return Tell(Notice::Kind::kProblem, std::string(updates.status().message()));
  session_.reset();
  playing_.reset();
  model_.ForgetServer();
  for (const AppUpdate& update : *updates) model_.Apply(update);
  model_.Apply(LinkChanged{Link{.state = LinkState::kRecorded}});
}

void Gui::Play(const PlayRecording& wanted) {
  const Comparison* shown = model_.shown_comparison();
  const std::string id = wanted.comparison_id.empty() && shown != nullptr ? shown->comparison_id
                                                                          : wanted.comparison_id;
  if (playing_ && playing_->playback.comparison_id() == id) {
    playing_->speed = wanted.speed;
    return;
  }
  EndPlaying();
  absl::StatusOr<Playback> playback = ReadPlayback(id);
  if (!playback.ok()) return Tell(Notice::Kind::kProblem, std::string(playback.status().message()));
  for (const AppUpdate& update : playback->Begin()) model_.Apply(update);
  playing_.emplace(Playing{*std::move(playback), wanted.speed, absl::ZeroDuration(), absl::Now()});
}

bool Gui::PlayOn(absl::Time now) {
  if (!playing_) return false;
  playing_->trained += playing_->speed * (now - playing_->at);
  playing_->at = now;
  const std::vector<AppUpdate> updates = playing_->playback.AdvanceTo(playing_->trained);
  for (const AppUpdate& update : updates) model_.Apply(update);
  if (playing_->playback.has_ended()) playing_.reset();
  return !updates.empty();
}

void Gui::EndPlaying() {
  if (!playing_) return;
  playing_->trained = absl::InfiniteDuration();
  PlayOn(absl::Now());
}

void Gui::ShowRecordedCurves(const std::string& run_id) {
  const absl::StatusOr<AppUpdate> curves = ReadRecordedCurves(run_id);
  // Said once: an empty trace is not asked for again.
  if (!curves.ok()) Tell(Notice::Kind::kProblem, std::string(curves.status().message()));
  model_.Apply(curves.ok() ? *curves : AppUpdate(TraceChanged{run_id, {}}));
}

void Gui::Export(const ExportCsv& wanted) {
  const fs::path path = FreePath(wanted.name, ".csv");
  const absl::Status written = WriteFile(path, wanted.text);
  if (written.ok()) return Tell(Notice::Kind::kDone, Concat("Saved ", path.string()));
  Tell(Notice::Kind::kProblem, std::string(written.message()));
}

// Of what the window knows: answers that were never asked for are not in it.
void Gui::Export(const SaveReport& wanted) {
  const powerdown::Run* run = model_.FindRun(wanted.run_id);
  if (run == nullptr) return;
  PageRun page{.run = *run};
  if (const RunTrace* trace = model_.FindTrace(run->run_id)) page.trace = *trace;
  for (const auto& [id, comparison] : model_.comparisons()) {
    if (comparison.usual.run_id == run->run_id && comparison.has_ended)
      page.comparison = comparison;
  }
  if (const auto* grids = model_.FindGrids(run->run_id)) {
    for (const auto& [step, grid] : *grids) page.film.push_back(grid);
  }
  const fs::path path = FreePath(Concat("report-", ShownId(*run)), ".html");
  const absl::Status written = WriteFile(path, RunPage(page, absl::Now()));
  if (written.ok()) return Tell(Notice::Kind::kDone, Concat("Saved ", path.string()));
  Tell(Notice::Kind::kProblem, std::string(written.message()));
}

void Gui::Export(const ExportPicture& wanted) {
  const fs::path path = FreePath(wanted.name, ".png");
  const Picture picture =
      window_->Take(static_cast<int>(wanted.left), static_cast<int>(wanted.top),
                    static_cast<int>(wanted.width), static_cast<int>(wanted.height));
  if (WritePng(picture, path.string())) {
    return Tell(Notice::Kind::kDone, Concat("Saved ", path.string()));
  }
  Tell(Notice::Kind::kProblem, Concat("Cannot write ", path.string()));
}

}  // namespace powerdown
