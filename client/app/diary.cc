#include "client/app/diary.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "absl/time/clock.h"
#include "common/base/json.h"
#include "common/base/text.h"
#include "common/run/run_json.h"
#include "imgui.h"

namespace powerdown {
namespace {

std::string& Copied() {
  static auto& copied = *new std::string();
  return copied;
}

// Whoever reads it sees one frame or the next, never half of one.
absl::Status Write(const std::string& path, const std::string& text) {
  const std::string unfinished = path + ".new";
  std::ofstream file(unfinished, std::ios::binary);
  file << text;
  file.close();
  std::error_code error;
  if (file) std::filesystem::rename(unfinished, path, error);
  return file && !error ? absl::OkStatus() : absl::UnavailableError(Concat("cannot write ", path));
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
  ImGui::GetIO().SetClipboardTextFn = [](void*, const char* text) { Copied() = text; };
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
  // Nobody is hurt by a frame whose words are missing: the next has them.
  if (!text_path_.empty()) Write(text_path_, Copied()).IgnoreError();
}

absl::Status Diary::Finish() const {
  if (figures_path_.empty()) return absl::OkStatus();
  Json json = {{"frame_ms", SummaryOf(frame_ms_)}, {"news_ms", SummaryOf(news_ms_)}};
  if (has_curve_) {
    json["first_curve_at"] = absl::ToDoubleSeconds(first_curve_at_ - absl::UnixEpoch());
  }
  return Write(figures_path_, json.dump() + "\n");
}

}  // namespace powerdown
