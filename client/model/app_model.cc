#include "client/model/app_model.h"

#include <algorithm>

namespace powerdown {
namespace {

constexpr absl::Duration kPowerHistory = absl::Minutes(10);
constexpr size_t kMostNotices = 4;
constexpr size_t kMostTraces = 24;  // a trace of a long run takes up to 8 MB

}  // namespace

void AppModel::Apply(const AppUpdate& update) {
  ++version_;
  std::visit([this](const auto& change) { On(change); }, update);
}

void AppModel::ForgetServer() {
  ++version_;
  facts_.reset();
  runs_.clear();
  newest_first_.clear();
  own_newest_first_.clear();
  traces_.clear();
  touched_.clear();
  comparisons_.clear();
  shown_comparison_.clear();
  box_power_ = {};
  power_.clear();
  ledger_.reset();
  quizzes_.clear();
  grids_.clear();
  notices_.clear();  // they were of the other server
}

const Run* AppModel::FindRun(const std::string& run_id) const {
  const auto found = runs_.find(run_id);
  return found == runs_.end() ? nullptr : found->second.get();
}

const RunTrace* AppModel::FindTrace(const std::string& run_id) const {
  const auto found = traces_.find(run_id);
  return found == traces_.end() ? nullptr : &found->second;
}

const Comparison* AppModel::shown_comparison() const {
  const auto found = comparisons_.find(shown_comparison_);
  return found == comparisons_.end() ? nullptr : &found->second;
}

const BaselineRow* AppModel::FindBaseline(const std::string& device) const {
  for (const BaselineRow& row : box_power_.baselines) {
    if (row.device == device) return &row;
  }
  return nullptr;
}

const std::map<int64_t, QuizResult>* AppModel::FindQuizzes(const std::string& run_id) const {
  const auto found = quizzes_.find(run_id);
  return found == quizzes_.end() ? nullptr : &found->second;
}

const std::map<int64_t, AnswerGrid>* AppModel::FindGrids(const std::string& run_id) const {
  const auto found = grids_.find(run_id);
  return found == grids_.end() ? nullptr : &found->second;
}

void AppModel::DismissNotice() {
  if (!notices_.empty()) notices_.pop_front();
  ++version_;
}

bool AppModel::ForgetOldNotices(absl::Time now) {
  const size_t gone = std::erase_if(notices_, [&](const Notice& notice) {
    return notice.kind == Notice::Kind::kDone && now - notice.time >= kNoticeLife;
  });
  if (gone > 0) ++version_;
  return gone > 0;
}

void AppModel::On(const LinkChanged& changed) {
  // What could not be done while the server was away is old news once it is back.
  if (changed.link.state == LinkState::kConnected && link_.state == LinkState::kReconnecting) {
    std::erase_if(notices_,
                  [](const Notice& notice) { return notice.kind == Notice::Kind::kProblem; });
  }
  const absl::Time last_message = link_.last_message;
  link_ = changed.link;
  link_.last_message = std::max(link_.last_message, last_message);
}

void AppModel::On(const RunsChanged& changed) {
  if (changed.is_all) runs_.clear();
  for (const Run& run : changed.runs) {
    std::unique_ptr<Run>& known = runs_[run.run_id];
    known = std::make_unique<Run>(run);
  }
  SortRuns();
}

void AppModel::On(const RunRemoved& removed) {
  runs_.erase(removed.run_id);
  traces_.erase(removed.run_id);
  touched_.erase(removed.run_id);
  SortRuns();
}

void AppModel::SortRuns() {
  newest_first_.clear();
  for (const auto& [id, run] : runs_) newest_first_.push_back(run.get());
  std::sort(newest_first_.begin(), newest_first_.end(), [](const Run* a, const Run* b) {
    return a->created_at != b->created_at ? a->created_at > b->created_at : a->run_id > b->run_id;
  });
  own_newest_first_.clear();
  for (const Run* run : newest_first_) {
    if (run->origin.empty()) own_newest_first_.push_back(run);
  }
}

RunTrace& AppModel::TraceOf(const std::string& run_id) {
  if (traces_.size() >= kMostTraces && !traces_.contains(run_id)) {
    const auto oldest = std::min_element(
        touched_.begin(), touched_.end(),
        [](const auto& one, const auto& other) { return one.second < other.second; });
    traces_.erase(oldest->first);
    touched_.erase(oldest);
  }
  touched_[run_id] = version_;
  return traces_[run_id];
}

void AppModel::On(const SeriesArrived& arrived) {
  RunTrace& trace = TraceOf(arrived.run_id);
  for (const auto& [metric, buckets] : arrived.series) {
    for (const SeriesBucket& bucket : buckets) trace.ApplyBucket(metric, bucket);
  }
}

void AppModel::On(const TraceChanged& changed) {
  RunTrace& trace = TraceOf(changed.run_id);
  for (const RunUpdate& update : changed.updates) trace.Apply(update);
}

void AppModel::On(const ComparisonChanged& changed) {
  comparisons_[changed.comparison.comparison_id] = changed.comparison;
  if (changed.is_shown) shown_comparison_ = changed.comparison.comparison_id;
}

void AppModel::On(const PowerChanged& changed) {
  for (const PowerPoint& point : changed.points) {
    std::deque<PowerPoint>& history = power_[point.device];
    history.push_back(point);
    while (history.front().time < point.time - kPowerHistory) history.pop_front();
  }
}

void AppModel::On(const MetersChanged& changed) {
  box_power_ = changed.power;
}

void AppModel::On(const QuizAnswered& answered) {
  quizzes_[answered.result.run_id][answered.result.at_step] = answered.result;
}

void AppModel::On(const GridAnswered& answered) {
  grids_[answered.grid.run_id][answered.grid.at_step] = answered.grid;
}

void AppModel::On(const Notice& notice) {
  notices_.push_back(notice);
  while (notices_.size() > kMostNotices) notices_.pop_front();
}

}  // namespace powerdown
