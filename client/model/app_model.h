// All data of the desktop client, as the daemon sent it. Views draw the data and never change it.
// Updates arrive through Apply, on the thread that draws. Not thread-safe.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "client/model/run_trace.h"
#include "client/model/server_facts.h"
#include "common/energy/box_ledger.h"
#include "common/forecast/predictor.h"
#include "common/run/run.h"

namespace powerdown {

// A daemon that the user has used.
struct ServerProfile {
  std::string name;     // "this computer", "gpu-box"
  std::string address;  // unix:PATH or HOST:PORT
};

enum class LinkState { kNone, kConnecting, kConnected, kReconnecting, kRecorded };
// The connection to the daemon. `last_message` is when the last message arrived.
struct Link {
  LinkState state = LinkState::kNone;
  ServerProfile server;
  std::string problem;  // why it is not connected, and what to do
  absl::Time since;
  absl::Time last_message;
  absl::Time retry_at;
  absl::Duration round_trip;  // of the last call
  absl::Duration lag;         // from the commit on the server to here, of the last update
};

struct PowerPoint {
  absl::Time time;
  std::string device;
  std::string source;
  Watts power;
  Watts low;
  Watts high;
};

struct Notice {
  enum class Kind { kDone, kProblem };
  Kind kind = Kind::kDone;
  std::string text;
  absl::Time time;
};

inline constexpr absl::Duration kNoticeLife = absl::Seconds(10);  // long enough to read two lines

struct LinkChanged {
  Link link;
};
struct RunsChanged {
  std::vector<Run> runs;
  bool is_all = false;  // all runs of the server: others are gone
};
struct RunRemoved {
  std::string run_id;
};
struct SeriesArrived {  // the beginning of a long run, before its updates
  std::string run_id;
  std::vector<std::pair<Metric, std::vector<SeriesBucket>>> series;
};
struct TraceChanged {
  std::string run_id;
  std::vector<RunUpdate> updates;
};
struct ComparisonChanged {
  Comparison comparison;
  bool is_shown = false;  // becomes the one on screen
};
struct PowerChanged {
  std::vector<PowerPoint> points;
};
struct MetersChanged {
  BoxPower power;
};
struct LedgerChanged {
  std::optional<BoxLedger> ledger;  // absent: nothing is booked
};
struct WeightsRead {  // of the forecasts made before a run
  std::shared_ptr<const Predictor> predictor;
};
struct QuizAnswered {
  QuizResult result;
};
struct GridAnswered {
  AnswerGrid grid;
};
using AppUpdate = std::variant<LinkChanged, ServerFacts, RunsChanged, RunRemoved, SeriesArrived,
                               TraceChanged, ComparisonChanged, PowerChanged, MetersChanged,
                               LedgerChanged, WeightsRead, QuizAnswered, GridAnswered, Notice>;

class AppModel {
 public:
  void Apply(const AppUpdate& update);
  void ForgetServer();  // before another one is connected

  const Link& link() const { return link_; }
  const std::optional<ServerFacts>& facts() const { return facts_; }
  // Newest first.
  const std::vector<const Run*>& runs() const { return newest_first_; }
  // Only runs that the server trains itself, not recorded and imported ones.
  const std::vector<const Run*>& own_runs() const { return own_newest_first_; }
  const Run* FindRun(const std::string& run_id) const;
  const RunTrace* FindTrace(const std::string& run_id) const;
  const std::map<std::string, Comparison>& comparisons() const { return comparisons_; }
  const Comparison* shown_comparison() const;
  void ShowComparison(const std::string& comparison_id) { shown_comparison_ = comparison_id; }
  const std::vector<MeterRow>& meters() const { return box_power_.meters; }
  const BaselineRow* FindBaseline(const std::string& device) const;
  const std::optional<BoxLedger>& ledger() const { return ledger_; }
  const Predictor* predictor() const { return predictor_.get(); }  // null: none is installed
  // The last ten minutes by device, oldest first.
  const std::map<std::string, std::deque<PowerPoint>>& power() const { return power_; }
  // Answers of a run by step.
  const std::map<int64_t, QuizResult>* FindQuizzes(const std::string& run_id) const;
  const std::map<int64_t, AnswerGrid>* FindGrids(const std::string& run_id) const;
  const std::deque<Notice>& notices() const { return notices_; }  // oldest first, a few
  void DismissNotice();
  // What is done is told for kNoticeLife. True if a notice went.
  bool ForgetOldNotices(absl::Time now);
  // Grows with every change, so that the window redraws.
  uint64_t version() const { return version_; }

 private:
  void On(const LinkChanged& changed);
  void On(const ServerFacts& facts) { facts_ = facts; }
  void On(const RunsChanged& changed);
  void On(const RunRemoved& removed);
  void On(const SeriesArrived& arrived);
  void On(const TraceChanged& changed);
  RunTrace& TraceOf(const std::string& run_id);
  void On(const ComparisonChanged& changed);
  void On(const PowerChanged& changed);
  void On(const MetersChanged& changed);
  void On(const LedgerChanged& changed) { ledger_ = changed.ledger; }
  void On(const WeightsRead& read) { predictor_ = read.predictor; }
  void On(const QuizAnswered& answered);
  void On(const GridAnswered& answered);
  void On(const Notice& notice);
  void SortRuns();

  Link link_;
  std::optional<ServerFacts> facts_;
  std::map<std::string, std::unique_ptr<Run>> runs_;
  std::vector<const Run*> newest_first_;
  std::vector<const Run*> own_newest_first_;
  std::map<std::string, RunTrace> traces_;
  std::map<std::string, uint64_t> touched_;  // version of the last change of each trace
  std::map<std::string, Comparison> comparisons_;
  std::string shown_comparison_;
  BoxPower box_power_;
  std::map<std::string, std::deque<PowerPoint>> power_;
  std::optional<BoxLedger> ledger_;
  std::shared_ptr<const Predictor> predictor_;
  std::map<std::string, std::map<int64_t, QuizResult>> quizzes_;
  std::map<std::string, std::map<int64_t, AnswerGrid>> grids_;
  std::deque<Notice> notices_;
  uint64_t version_ = 0;
};

}  // namespace powerdown
