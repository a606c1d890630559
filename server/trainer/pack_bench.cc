#include "server/trainer/pack_bench.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/base/json.h"
#include "common/base/statistics.h"
#include "common/base/status.h"
#include "common/forecast/stop_rule.h"
#include "common/platform/monotonic.h"
#include "common/run/evaluation.h"
#include "server/trainer/dataset.h"
#include "server/trainer/network/library.h"
#include "server/trainer/network/pack.h"

namespace powerdown {
namespace {

struct PackAndDevice {
  std::string device;
  std::unique_ptr<Pack> pack;
  int64_t train_pairs = 0;
  int64_t validation_pairs = 0;
};

absl::StatusOr<PackAndDevice> MakePack(const RunSpec& spec, int64_t members) {
  if (members < 1 || members > kMostPackMembers) {
    return absl::InvalidArgumentError(
        absl::StrCat("pack: ", members, " is out of range; allowed: 1 to ", kMostPackMembers));
  }
  if (spec.batch_size != 0) {
    return absl::InvalidArgumentError("pack: the bench knows the full batch only");
  }
  PackAndDevice made;
  ASSIGN_OR_RETURN(made.device, FindDevice(spec.device));
  ASSIGN_OR_RETURN(const Dataset dataset, MakeDataset(spec));
  made.train_pairs = dataset.train.size();
  made.validation_pairs = dataset.validation.size();
  SetThreads(spec.threads);
  FlushDenormals();
  std::vector<PackMember> all;
  for (int64_t i = 0; i < members; ++i) {
    all.push_back({spec, dataset.train, dataset.validation});
    all.back().spec.seed += i;
  }
  made.pack = std::make_unique<Pack>(dataset.table, all, made.device);
  return made;
}

Json Figures(const PackAndDevice& made, int64_t members) {
  return {{"device", made.device}, {"card", CardNameOf(made.device)}, {"members", members}};
}

// So many steps, until the device has done them, in seconds.
double TimeSteps(Pack& pack, const Pack::Rows& rows, int64_t steps) {
  const absl::Duration begin = MonotonicTime();
  for (int64_t i = 0; i < steps; ++i) pack.Step(rows);
  pack.Steps();
  return absl::ToDoubleSeconds(MonotonicTime() - begin);
}

// A member on its way to its stop.
struct Course {
  Course(const RunSpec& spec, const PackAndDevice& made)
      : schedule(spec, made.train_pairs, made.validation_pairs), rule(RuleFor(made)) {}
  static StopRuleOptions RuleFor(const PackAndDevice& made) {
    StopRuleOptions options;
    options.is_census = true;  // every held-out question is asked at every evaluation
    options.validation_pairs = made.validation_pairs;
    return options;
  }
  void Observe(int64_t step, const TrainingMeasures& measures) {
    const Evaluation evaluation{step, measures.train_loss, measures.train_accuracy,
                                measures.validation_loss, measures.validation_accuracy};
    tracker.Observe(evaluation);
    schedule.Observe(evaluation);
    if (rule.Observe(evaluation).stop) stop_step = step;
  }
  EvaluationSchedule schedule;
  GrokTracker tracker;
  StopRule rule;
  int64_t stop_step = -1;
};

// Members train together; the pack is made smaller once half of it has stopped, since that means
// new tensors and a new recording.
class CourseOfPack {
 public:
  CourseOfPack(const RunSpec& spec, PackAndDevice& made, int64_t members)
      : pack_(*made.pack), most_steps_(spec.max_steps) {
    for (int64_t i = 0; i < members; ++i) {
      courses_.emplace_back(spec, made);
      places_.push_back(i);
    }
    rows_.resize(places_.size());
  }

  // Steps that the pack made.
  int64_t Run() {
    for (int64_t step = 0;; ++step) {
      const bool is_last = step >= most_steps_;
      if (!IsDue(step) && !is_last) {
        pack_.Step(rows_);
        continue;
      }
      pack_.Backward(rows_);
      Observe(step);
      if (is_last || CountActive() == 0) return step;
      Shrink();
      pack_.Update();
    }
  }
  const std::vector<Course>& courses() const { return courses_; }

 private:
  Course& At(size_t place) { return courses_[static_cast<size_t>(places_[place])]; }
  bool IsActive(size_t place) { return At(place).stop_step < 0; }
  size_t CountActive() {
    size_t count = 0;
    for (size_t i = 0; i < places_.size(); ++i) count += IsActive(i) ? 1 : 0;
    return count;
  }
  bool IsDue(int64_t step) {
    for (size_t i = 0; i < places_.size(); ++i) {
      if (IsActive(i) && At(i).schedule.IsDue(step)) return true;
    }
    return false;
  }
  void Observe(int64_t step) {
    for (size_t i = 0; i < places_.size(); ++i) {
      if (IsActive(i)) At(i).Observe(step, pack_.Measure(static_cast<int64_t>(i)).measures);
    }
  }
  void Shrink() {
    if (2 * CountActive() > places_.size()) return;
    std::vector<int64_t> kept, members;
    for (size_t i = 0; i < places_.size(); ++i) {
      if (!IsActive(i)) continue;
      kept.push_back(static_cast<int64_t>(i));
      members.push_back(places_[i]);
    }
    pack_.Keep(kept);
    places_ = std::move(members);
    rows_.resize(places_.size());
  }

  Pack& pack_;
  const int64_t most_steps_;
  std::vector<Course> courses_;
  std::vector<int64_t> places_;  // which member is where in the pack
  Pack::Rows rows_;
};

}  // namespace

absl::StatusOr<std::string> BenchPack(const RunSpec& spec, int64_t members) {
  constexpr int64_t kWarmUp = 6;       // recordings are made in the first few
  constexpr double kLongEnough = 0.2;  // seconds, beside which waiting for the end is nothing
  constexpr double kLongest = 3;       // seconds
  constexpr size_t kFewestBlocks = 3;
  ASSIGN_OR_RETURN(const PackAndDevice made, MakePack(spec, members));
  const Pack::Rows rows(static_cast<size_t>(members));
  TimeSteps(*made.pack, rows, kWarmUp);
  int64_t steps = 1;
  double seconds = TimeSteps(*made.pack, rows, steps);
  while (seconds < kLongEnough) {
    steps *= 2;
    seconds = TimeSteps(*made.pack, rows, steps);
  }
  std::vector<double> blocks;
  for (double total = 0; total < kLongest || blocks.size() < kFewestBlocks; total += seconds) {
    seconds = TimeSteps(*made.pack, rows, steps);
    blocks.push_back(seconds / static_cast<double>(steps));
  }
  const double median = Median(blocks);
  Json figures = Figures(made, members);
  figures["median_step_ms"] = median * 1e3;
  figures["steps_per_second"] = 1 / median;
  figures["seed_steps_per_second"] = static_cast<double>(members) / median;
  figures["gflops"] = made.pack->StepFlops() / median / 1e9;
  return JsonText(figures);
}

absl::StatusOr<std::string> BenchPackToStop(const RunSpec& spec, int64_t members) {
  ASSIGN_OR_RETURN(PackAndDevice made, MakePack(spec, members));
  CourseOfPack course(spec, made, members);
  const absl::Duration begin = MonotonicTime();
  const int64_t steps = course.Run();
  const absl::Duration end = MonotonicTime();
  Json figures = Figures(made, members);
  for (const Course& one : course.courses()) {
    figures["grok_steps"].push_back(one.tracker.grok_step().value_or(-1));
    figures["stop_steps"].push_back(one.stop_step);
  }
  figures["pack_steps"] = steps;
  figures["seconds"] = absl::ToDoubleSeconds(end - begin);
  figures["begin_monotonic_ns"] = absl::ToInt64Nanoseconds(begin);
  figures["end_monotonic_ns"] = absl::ToInt64Nanoseconds(end);
  return JsonText(figures);
}

}  // namespace powerdown
