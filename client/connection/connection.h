// The laptop's side of the wire: one channel to a daemon, calls with deadlines, watches that
// resume.
//
// Thread-safe. The only gRPC user on this side; all else sees plain values of common/run/run.h.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/connection/endpoint.h"
#include "client/model/server_facts.h"
#include "common/energy/box_ledger.h"
#include "common/run/metric.h"
#include "common/run/run.h"
#include "common/run/run_summary.h"
#include "common/run/series_pyramid.h"

namespace powerdown {

// Unavailable: cannot reach the daemon. Other codes are the daemon's, message included.
class Connection {
 public:
  // `address` is "unix:/path/to.sock", or the name or HOST:PORT of a server that this computer has
  // paired with (PermissionDenied if it has not). Does not connect yet.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const std::string& address,
                                                          absl::Duration timeout);
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const Endpoint& endpoint,
                                                          absl::Duration timeout);
  ~Connection();

  absl::StatusOr<ServerFacts> GetServerInfo();
  absl::Status WaitUntilServing(absl::Duration timeout);  // health check

  struct Submission {
    RunSpec spec;
    AutoStop auto_stop = AutoStop::kOn;
    AutoStop abandon = AutoStop::kOff;
    std::string name;
    std::vector<std::string> tags;
    bool is_private = false;
    int64_t priority = 0;
    std::string budget;  // "5Wh", "2gCO2", "0.01USD"; empty: none
    bool validate_only = false;
  };
  absl::StatusOr<Run> SubmitRun(const Submission& submission);
  // The same with a command in place of `spec`, as the caller's own account on the box.
  // `environment` has its variables: "NAME=value".
  // `attached`: it runs already, on the daemon's machine.
  absl::StatusOr<Run> SubmitCommand(const Submission& submission, const CommandSpec& command,
                                    const std::vector<std::string>& environment,
                                    const std::optional<Attachment>& attached = std::nullopt);
  absl::StatusOr<Run> GetRun(const std::string& run_id);
  struct Output {
    int64_t attempt = 0;
    int64_t offset = 0;  // of the text's first byte
    std::string text;    // any bytes
    bool has_ended = false;
  };
  // What a command wrote from byte `offset` on, of its newest attempt for 0; negative: from the
  // end.
  absl::StatusOr<Output> GetRunOutput(const std::string& run_id, int64_t attempt, int64_t offset);
  struct ListOptions {
    std::string filter;  // AIP-160 subset: `state = "running" AND tag = "x" AND owner = "y"`
    bool is_first_page = false;  // the newest 200 only
  };
  absl::StatusOr<std::vector<Run>> ListRuns(const ListOptions& options);  // pages itself
  // What reports over many runs are made from. An older daemon has no summaries.
  absl::StatusOr<std::vector<RunOverview>> ListRunSummaries(const std::string& filter);
  // verb is one of pause resume stop continue cancel delete.
  absl::StatusOr<Run> Act(const std::string& verb, const std::string& run_id);

  struct Edit {  // what is set is written
    std::optional<std::string> name;
    std::optional<std::string> notes;
    std::optional<std::vector<std::string>> tags;
  };
  absl::StatusOr<Run> UpdateRun(const std::string& run_id, const Edit& edit);
  // A whole run, compressed; see common/run/run_bundle.h.
  absl::StatusOr<std::string> ExportRun(const std::string& run_id);
  // All runs of a compressed bundle, or an error and none of them.
  absl::StatusOr<std::vector<Run>> ImportRuns(const std::string& bundle, bool may_rename);

  // Calls `on_update` for each update with revision ≥ start_revision, in order, each once, until
  // the run has ended and all was delivered (OK), `on_update` returns false (Cancelled), or the
  // daemon refuses. A lost connection is retried from the next revision with back-off; `on_state`
  // is told.
  using OnUpdate = std::function<bool(const RunUpdate&)>;
  using OnState =
      std::function<void(const std::string& state)>;  // "connected", "reconnecting in 2 s"
  absl::Status WatchRun(const std::string& run_id, int64_t start_revision,
                        const OnUpdate& on_update, const OnState& on_state);
  // A watch whose daemon is gone for longer ends with Unavailable; without, it waits for ever. Call
  // it before the first watch.
  void GiveUpAfter(absl::Duration limit) { give_up_after_ = limit; }
  void CancelWatches();  // from another thread or after a signal: WatchRun returns Cancelled

  // Runs as they are now: first all of them, then those that change.
  struct RunsUpdate {
    std::vector<Run> runs;
    bool has_all = false;  // all that there were at the start have come
    int64_t progress_revision = 0;
  };
  // Blocks until the stream is lost (Unavailable), the callback returns false or watches
  // are cancelled (Cancelled); it does not try again. It says something every few seconds.
  absl::Status WatchRuns(int64_t start_revision,
                         const std::function<bool(const RunsUpdate&)>& on_update);

  struct SeriesPart {
    std::vector<std::pair<Metric, std::vector<SeriesBucket>>> series;
    int64_t progress_revision = 0;  // all reports up to here are in it
  };
  // All curves from step to step (to 0: to the end) in at most so many buckets each.
  absl::StatusOr<SeriesPart> GetSeries(const std::string& run_id, double from, double to,
                                       int buckets);

  struct ComparisonSubmission {
    RunSpec spec;
    ComparisonMode mode = ComparisonMode::kShared;
    std::string schedule = "twice-median";
    bool validate_only = false;
  };
  absl::StatusOr<Comparison> CreateComparison(const ComparisonSubmission& submission);
  absl::StatusOr<std::vector<Comparison>> ListComparisons(int64_t limit);  // newest first
  absl::StatusOr<Comparison> GetComparison(const std::string& comparison_id);
  // By the daemon's weights: before a run, and of a run, its latest. FailedPrecondition if it has
  // none.
  absl::StatusOr<Forecast> ForecastSpec(const RunSpec& spec);
  absl::StatusOr<Forecast> GetForecast(const std::string& run_id);

  struct Question {
    std::string run_id;
    std::string at;  // memorised grokked latest STEP checkpoint-id
    std::vector<std::string> questions;
    int64_t count = 10;
    uint64_t seed = 0;
  };
  absl::StatusOr<QuizResult> Ask(const Question& question);
  absl::StatusOr<AnswerGrid> GetAnswerGrid(const std::string& run_id, const std::string& at);

  absl::StatusOr<BoxPower> ListMeters();
  struct RestLevel {
    Watts power;
    Watts low;
    Watts high;
    absl::Time measured_at;
  };
  struct BaselineProgress {
    std::string device;
    std::optional<RestLevel> deep;
    std::optional<RestLevel> context_open;
    std::string obstacle;  // why none is being established now; empty if one is
  };
  struct BaselineAnswer {
    std::vector<BaselineProgress> devices;
    absl::Time asked_at;  // by the daemon's clock
  };
  // Keeps the meters read for some seconds more; to be asked again until all is measured.
  absl::StatusOr<BaselineAnswer> MeasureBaseline();
  struct TimedSample {
    absl::Time time;
    PowerSample sample;  // without start and end
  };
  // Until `on_sample` returns false (OK), the limit has passed (OK) or watches are cancelled.
  absl::Status WatchPower(std::optional<absl::Duration> limit,
                          const std::function<bool(const TimedSample&)>& on_sample);
  absl::StatusOr<std::optional<BoxLedger>> GetLedger();  // nullopt: nothing is booked
  struct PlugReading {
    std::string device;
    Watts plug;  // without the rest of the box
    bool forget = false;
  };
  struct CalibrationAnswer {
    int64_t levels = 0;
    Watts sensor;
    bool is_applied = false;
    double gain = 1;
    Watts offset;
    double relative_band = 0;
    std::string advice;
  };
  absl::StatusOr<CalibrationAnswer> Calibrate(const PlugReading& reading);

  class Stubs;  // of this folder
  absl::Duration give_up_after_ = absl::InfiniteDuration();
  Stubs& stubs() { return *stubs_; }

 private:
  Connection();
  absl::StatusOr<std::vector<RunOverview>> OverviewsWithoutSummaries(const std::string& filter);
  std::unique_ptr<Stubs> stubs_;
};

}  // namespace powerdown
