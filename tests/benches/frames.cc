// How long the client's frames take without a rasteriser: 500 runs, 20 of them with curves of
// POINTS reports each. Prints one JSON object.
//
// usage: frames POINTS
#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <string>

#include "absl/strings/str_format.h"
#include "client/view/run_charts.h"
#include "client/view/shell.h"
#include "imgui.h"

namespace powerdown {
namespace {

constexpr int kRuns = 500;
constexpr int kCurves = 20;
constexpr int kFrames = 240;

std::string RunId(int i) {
  return absl::StrFormat("01run%05d", i);
}

// Cheap, for hundreds of millions: waves with a little noise on them.
double ValueAt(Metric metric, int64_t step, int run) {
  const double x = static_cast<double>(step);
  if (metric == Metric::kSeconds) return x / 500;
  if (metric == Metric::kEnergy) return x / 40;
  const auto noise = static_cast<uint32_t>(step) * 2654435761u >> 8;
  const auto wave = static_cast<double>((step + 9973 * run) % 100'000) / 1e5;
  return 0.1 + 0.8 * std::abs(wave - 0.5) + 1e-9 * noise;
}

void Feed(int64_t points, AppModel& model) {
  RunsChanged runs{{}, true};
  for (int i = 0; i < kRuns; ++i) {
    Run run;
    run.run_id = RunId(i);
    run.name = i == 0 ? std::string(300, 'n') : absl::StrFormat("addition mod 59, seed %d", i);
    run.state = i < 3 ? RunState::kRunning : RunState::kFinished;
    run.spec.seed = i;
    run.steps = run.max_steps = points;
    run.grok_step = 100 + 37 * (i % 91);
    run.forecast = Forecast{.made_at_step = 50, .grok_step = 100 + 41 * (i % 83)};
    run.energy = EnergyFigure{.gross = Joules(1000 + i), .low = Joules(900), .high = Joules(2000)};
    run.created_at = absl::FromUnixSeconds(1'790'000'000 + i);
    runs.runs.push_back(std::move(run));
  }
  model.Apply(runs);
  constexpr int64_t kPiece = 8192;
  for (int run = 0; run < kCurves; ++run) {
    for (int64_t from = 0; from < points; from += kPiece) {
      SeriesArrived part{RunId(run), {}};
      for (size_t i = 0; i < kMetrics; ++i) {
        const auto metric = static_cast<Metric>(i);
        auto& [fed, buckets] = part.series.emplace_back(metric, std::vector<SeriesBucket>());
        for (int64_t step = from; step < std::min(from + kPiece, points); ++step) {
          buckets.push_back(
              SeriesBucket::OfPoint(static_cast<double>(step), ValueAt(metric, step, run)));
        }
      }
      model.Apply(part);
    }
  }
}

// Of this thread's processor time: what other programs take is not the client's.
double ThreadMilliseconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

class FrameClock {
 public:
  template <typename Draw>
  double Time(const Draw& draw) {
    const double start = ThreadMilliseconds();
    ImGui::NewFrame();
    draw();
    ImGui::Render();
    times_.push_back(ThreadMilliseconds() - start);
    return times_.back();
  }
  double Share(double share) {
    std::sort(times_.begin(), times_.end());
    return times_[static_cast<size_t>(share * static_cast<double>(times_.size() - 1))];
  }

 private:
  std::vector<double> times_;
};

struct Interface {
  AppModel model;
  Look look;
  ShellState state;
  absl::Time now = absl::FromUnixSeconds(1'790'001'000);

  void Draw() { DrawShell({model, look, now}, state, {}); }
};

void Start(Interface& all) {
  ImGui::CreateContext();
  ImGuiIO& io = ImGui::GetIO();
  io.IniFilename = nullptr;
  io.DisplaySize = {1440, 900};
  io.DeltaTime = 1.0f / 60;
  io.BackendFlags |= ImGuiBackendFlags_RendererHasVtxOffset;  // as OpenGL 3.3 has
  io.KeyMap[ImGuiKey_Escape] = 256;
  all.look.fonts = LoadFonts(1);
  unsigned char* pixels = nullptr;
  int width = 0;
  int height = 0;
  io.Fonts->GetTexDataAsAlpha8(&pixels, &width, &height);
  ApplyLook(all.look);
}

// One chart with all curves, under a mouse that moves, zooming in and out.
FrameClock DrawCurves(Interface& all) {
  ChartContent chart{.id = "all", .title = "Accuracy", .values = Values::kPercent};
  for (int i = 0; i < kCurves; ++i) {
    const RunTrace* trace = all.model.FindTrace(RunId(i));
    AddLine(*trace, Metric::kValidationAccuracy, std::to_string(i),
            all.look.palette().series[i % 6], Dash::kSolid, chart);
    chart.reference = trace;
  }
  ChartGroup group;
  ChartState state;
  FrameClock first;  // what only the first frames do: buffers that grow
  FrameClock clock;
  for (int frame = 0; frame < kFrames; ++frame) {
    ImGuiIO& io = ImGui::GetIO();
    io.MousePos = {100 + 5.0f * static_cast<float>(frame), 400};
    io.MouseWheel = frame % 60 < 20 ? 1 : frame % 60 < 40 ? -1 : 0;
    (frame < 5 ? first : clock).Time([&] {
      ImGui::SetNextWindowPos({0, 0});
      ImGui::SetNextWindowSize(io.DisplaySize);
      ImGui::Begin("chart");
      Intents intents;
      DrawChart(all.look, chart, state, group, ImGui::GetContentRegionAvail(), intents);
      ImGui::End();
    });
  }
  ImGui::GetIO().MouseWheel = 0;
  return clock;
}

FrameClock DrawView(Interface& all, ViewName view) {
  all.state.view = view;
  for (int frame = 0; frame < 5; ++frame) FrameClock().Time([&] { all.Draw(); });
  FrameClock clock;
  for (int frame = 0; frame < kFrames; ++frame) {
    ImGui::GetIO().MousePos = {200 + 4.0f * static_cast<float>(frame), 300};
    clock.Time([&] { all.Draw(); });
  }
  return clock;
}

// Every page reached, rows pressed, searched and sorted: the frame that follows each.
double WorstClick(Interface& all) {
  FrameClock clock;
  ImGuiIO& io = ImGui::GetIO();
  for (const char key : std::string("1234564jjooookk3jjjkkxx4xx")) {
    io.AddInputCharacter(static_cast<unsigned char>(key));
    for (int frame = 0; frame < 3; ++frame) clock.Time([&] { all.Draw(); });
  }
  all.state.view = ViewName::kExplore;
  const std::string search = "addition seed 4";
  for (size_t length = 1; length <= search.size(); ++length) {
    all.state.explore.search = search.substr(0, length);
    clock.Time([&] { all.Draw(); });
  }
  all.state.explore.search.clear();
  for (const char* sort : {"energy_joules", "predicted_grok_step", "grok_step"}) {
    all.state.explore.sort = sort;
    clock.Time([&] { all.Draw(); });
  }
  for (float y = 110; y < 640; y += 25) {
    for (const bool is_down : {false, true, false}) {
      io.MousePos = {340, y};
      io.MouseDown[0] = is_down;
      clock.Time([&] { all.Draw(); });
    }
  }
  return clock.Share(1);
}

double MemoryMegabytes() {
  std::ifstream file("/proc/self/statm");
  int64_t whole = 0;
  int64_t resident = 0;
  file >> whole >> resident;
  return static_cast<double>(resident) * 4096 / 1e6;
}

void Measure(int64_t points) {
  Interface all;
  Start(all);
  Feed(points, all.model);
  FrameClock curves = DrawCurves(all);
  FrameClock explore = DrawView(all, ViewName::kExplore);
  FrameClock live = DrawView(all, ViewName::kLive);
  const double worst = WorstClick(all);
  std::printf(
      "{\"points\":%lld,\"curves_ms\":%.3f,\"curves_p99_ms\":%.3f,\"explore_p99_ms\":%.3f,"
      "\"live_p99_ms\":%.3f,\"worst_click_ms\":%.3f,\"memory_mb\":%.1f}\n",
      static_cast<long long>(points), curves.Share(0.5), curves.Share(0.99), explore.Share(0.99),
      live.Share(0.99), worst, MemoryMegabytes());
  ImGui::DestroyContext();
}

}  // namespace
}  // namespace powerdown

int main(int count, char** arguments) {
  powerdown::Measure(count > 1 ? std::stoll(arguments[1]) : 1'000'000);
}
