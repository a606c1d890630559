#include "client/model/recording.h"

#include <map>
#include <string>

#include "common/base/json.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"
#include "common/run/run_json_reading.h"

namespace powerdown {
namespace {

class RecordingReader {
 public:
  absl::Status Read(std::string_view line) {
    ASSIGN_OR_RETURN(const Json json, ParseJsonObject(line));
    if (json.contains("comparison_id") && json.contains("usual")) return ReadComparison(json);
    if (json.contains("questions")) {
      ASSIGN_OR_RETURN(const QuizResult quiz, QuizFromJson(json));
      updates_.push_back(QuizAnswered{quiz});
      return absl::OkStatus();
    }
    if (json.contains("symbols")) {
      ASSIGN_OR_RETURN(const AnswerGrid grid, GridFromJson(json));
      updates_.push_back(GridAnswered{grid});
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(const RunUpdate update, UpdateFromJson(json));
    std::string run_id = std::visit([](const auto& known) { return known.run_id; }, update);
    traces_[run_id].push_back(update);
    return absl::OkStatus();
  }

  std::vector<AppUpdate> Finish() {
    FlushTraces();
    return std::move(updates_);
  }

 private:
  absl::Status ReadComparison(const Json& json) {
    ASSIGN_OR_RETURN(Comparison comparison, ComparisonFromJson(json));
    FlushTraces();
    std::vector<Run> runs = {comparison.usual};
    if (comparison.stopped.run_id != comparison.usual.run_id) runs.push_back(comparison.stopped);
    updates_.push_back(RunsChanged{std::move(runs)});
    updates_.push_back(ComparisonChanged{std::move(comparison), !has_comparison_});
    has_comparison_ = true;
    return absl::OkStatus();
  }

  void FlushTraces() {
    for (auto& [run_id, updates] : traces_) {
      updates_.push_back(TraceChanged{run_id, std::move(updates)});
    }
    traces_.clear();
  }

  std::vector<AppUpdate> updates_;
  std::map<std::string, std::vector<RunUpdate>> traces_;
  bool has_comparison_ = false;
};

}  // namespace

absl::StatusOr<std::vector<AppUpdate>> ParseRecording(std::string_view text) {
  RecordingReader reader;
  int64_t number = 0;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    ++number;
    if (line.empty()) continue;
    if (const absl::Status status = reader.Read(line); !status.ok()) {
      return absl::InvalidArgumentError(
          Concat("recording, line ", number, ": ", StdView(status.message())));
    }
  }
  return reader.Finish();
}

}  // namespace powerdown
