#include "client/app/diary.h"

#include <algorithm>

#include "absl/time/clock.h"
#include "common/base/json.h"
#include "common/base/json_fwd.h"
#include "common/platform/files.h"
#include "common/run/run.h"
#include "imgui.h"

namespace powerdown {
namespace {

std::string& CopiedText() {
  static auto& copied = *new std::string();
  return copied;
}

Json SummaryOf(std::vector<double> values) {
  if (values.empty()) return Json::object();
  std::sort(values.begin(), values.end());
  const auto at = [&](double share) {
    return values[static_cast<size_t>(share * static_cast<double>(values.size() - 1))];
  };
  return {{"count", values.size()}, {"p50", at(0.5)}, {"p99", at(0.99)}, {"most", values.back()}};
}

}  // namespace

Diary::Diary(std::string text_path, std::string figures_path)
    : text_path_(std::move(text_path)), figures_path_(std::move(figures_path)) {
  if (text_path_.empty()) return;
  ImGui::GetIO().SetClipboardTextFn = [](void*, const char* text) { CopiedText() = text; };
}

void Diary::BeginFrame() {
  frame_began_ = absl::Now();
  if (!text_path_.empty()) ImGui::LogToClipboard();
}

void Diary::EndDrawing(const AppModel& model) {
  if (!text_path_.empty()) ImGui::LogFinish();
  frame_ms_.push_back(absl::ToDoubleMilliseconds(absl::Now() - frame_began_));
  for (const Run* run : model.runs()) {
    if (has_curve_) break;
    const RunTrace* trace = model.FindTrace(run->run_id);
    has_curve_ = trace != nullptr && !trace->empty();
  }
}

void Diary::Shown(absl::Time arrived) {
  const absl::Time now = absl::Now();
  if (has_curve_ && first_curve_at_ == absl::InfinitePast()) first_curve_at_ = now;
  if (arrived < now) news_ms_.push_back(absl::ToDoubleMilliseconds(now - arrived));
  // A failure is not reported: the next frame writes it again.
  if (!text_path_.empty()) WriteFile(text_path_, CopiedText()).IgnoreError();
}

absl::Status Diary::Finish() const {
  if (figures_path_.empty()) return absl::OkStatus();
  Json json = {{"frame_ms", SummaryOf(frame_ms_)}, {"news_ms", SummaryOf(news_ms_)}};
  if (has_curve_) {
    json["first_curve_at"] = absl::ToDoubleSeconds(first_curve_at_ - absl::UnixEpoch());
  }
  return WriteFile(figures_path_, JsonText(json) + "\n");
}

}  // namespace powerdown
