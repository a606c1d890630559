#include "server/trainer/network/pack.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/forecast/stop_rule.h"
#include "common/run/evaluation.h"
#include "server/trainer/dataset.h"
#include "tests/server/trainer/tiny_run.h"

namespace powerdown {
namespace {

using testing::ElementsAreArray;

std::string PackDevice() {
  const char* device = std::getenv("POWERDOWN_TEST_DEVICE");
  return device != nullptr ? device : "cpu";
}

// A run that groks and is stopped in a few hundred steps.
RunSpec PackSpec(const std::string& model = "mlp") {
  RunSpec spec = EasySpec();
  spec.model = model;
  spec.heads = 2;
  return spec;
}

// Differs from others in all that members may differ in.
RunSpec MemberSpec(RunSpec spec, int64_t member) {
  spec.seed = member;
  spec.split_seed = member / 2;
  spec.learning_rate *= 1 + 0.1 * static_cast<double>(member % 3);
  spec.weight_decay *= 1 + 0.2 * static_cast<double>(member % 2);
  return spec;
}

PackMember MakeMember(const RunSpec& spec) {
  Dataset dataset = MakeDataset(spec).value();
  return {spec, std::move(dataset.train), std::move(dataset.validation)};
}

std::vector<PackMember> Members(const RunSpec& spec, int64_t count) {
  std::vector<PackMember> members;
  for (int64_t i = 0; i < count; ++i) members.push_back(MakeMember(MemberSpec(spec, i)));
  return members;
}

TaskTable TableOf(const RunSpec& spec) {
  return MakeTask(spec).value();
}

const Pack::Rows& AllRows(int64_t members) {
  static auto& rows = *new Pack::Rows();
  rows.assign(static_cast<size_t>(members), {});
  return rows;
}

// What a run reports until the rule stops it.
struct Course {
  std::vector<TrainingMeasures> reports;
  std::optional<int64_t> grok_step;
  int64_t stop_step = -1;
};

class CourseKeeper {
 public:
  explicit CourseKeeper(const PackMember& member) {
    StopRuleOptions options;
    options.is_census = true;
    options.validation_pairs = member.validation.size();
    rule_.emplace(options);
  }
  // Whether the run goes on.
  bool Observe(int64_t step, const TrainingMeasures& measures) {
    const Evaluation evaluation{step, measures.train_loss, measures.train_accuracy,
                                measures.validation_loss, measures.validation_accuracy};
    course_.reports.push_back(measures);
    tracker_.Observe(evaluation);
    course_.grok_step = tracker_.grok_step();
    if (!rule_->Observe(evaluation).stop) return true;
    course_.stop_step = step;
    return false;
  }
  const Course& course() const { return course_; }

 private:
  Course course_;
  GrokTracker tracker_;
  std::optional<StopRule> rule_;
};

constexpr int64_t kEvery = 10;

Course CourseOf(const PackMember& member, const std::string& device, EngineKind kind) {
  const std::unique_ptr<Training> training =
      MakeTraining(member.spec, TableOf(member.spec), member.train, member.validation,
                   member.train.size(), device, kind);
  CourseKeeper keeper(member);
  for (int64_t step = 0; step <= member.spec.max_steps; ++step) {
    if (step % kEvery != 0) {
      training->Step({});
      continue;
    }
    training->Backward({});
    if (!keeper.Observe(step, training->Measure())) break;
    training->Update();
  }
  return keeper.course();
}

// Members leave the pack where their rule stops them.
std::vector<Course> CoursesOf(const std::vector<PackMember>& members) {
  Pack pack(TableOf(members[0].spec), members, PackDevice());
  std::vector<CourseKeeper> keepers(members.begin(), members.end());
  std::vector<int64_t> active;
  for (size_t i = 0; i < members.size(); ++i) active.push_back(static_cast<int64_t>(i));
  for (int64_t step = 0; step <= members[0].spec.max_steps && !active.empty(); ++step) {
    const auto count = static_cast<int64_t>(active.size());
    if (step % kEvery != 0) {
      pack.Step(AllRows(count));
      continue;
    }
    pack.Backward(AllRows(count));
    std::vector<int64_t> kept, still;
    for (int64_t place = 0; place < count; ++place) {
      const int64_t member = active[static_cast<size_t>(place)];
      if (!keepers[static_cast<size_t>(member)].Observe(step, pack.Measure(place).measures)) {
        continue;
      }
      kept.push_back(place);
      still.push_back(member);
    }
    if (still.empty()) break;
    if (still.size() != active.size()) {
      pack.Keep(kept);
      active = still;
    }
    pack.Update();
  }
  std::vector<Course> courses;
  for (const CourseKeeper& keeper : keepers) courses.push_back(keeper.course());
  return courses;
}

// Reports up to the grok agree to `tolerance`, relative for losses and norms.
void ExpectSameUpToTheGrok(const Course& a, const Course& b, double tolerance, double accuracy) {
  ASSERT_TRUE(a.grok_step && b.grok_step);
  EXPECT_EQ(*a.grok_step, *b.grok_step);
  const auto reports = static_cast<size_t>(*a.grok_step / kEvery + 1);
  ASSERT_GE(b.reports.size(), reports);
  for (size_t i = 0; i < reports; ++i) {
    const TrainingMeasures& x = a.reports[i];
    const TrainingMeasures& y = b.reports[i];
    EXPECT_NEAR(x.train_loss / y.train_loss, 1, tolerance) << "report " << i;
    EXPECT_NEAR(x.validation_loss / y.validation_loss, 1, tolerance) << "report " << i;
    EXPECT_NEAR(x.weight_norm / y.weight_norm, 1, tolerance) << "report " << i;
    EXPECT_NEAR(x.train_accuracy, y.train_accuracy, accuracy) << "report " << i;
    EXPECT_NEAR(x.validation_accuracy, y.validation_accuracy, accuracy) << "report " << i;
  }
}

class PackCoursesTest : public testing::TestWithParam<std::string> {};

TEST_P(PackCoursesTest, EightRunsInAPackAreEightSingleRuns) {
  const std::vector<PackMember> members = Members(PackSpec(GetParam()), 8);
  const std::vector<Course> packed = CoursesOf(members);
  int same_stops = 0;
  for (size_t i = 0; i < members.size(); ++i) {
    SCOPED_TRACE("member " + std::to_string(i));
    const Course alone = CourseOf(members[i], PackDevice(), EngineKind::kTensors);
    ExpectSameUpToTheGrok(packed[i], alone, 1e-3, 0.03);
    EXPECT_GT(packed[i].stop_step, 0);
    same_stops += packed[i].stop_step == alone.stop_step ? 1 : 0;
  }
  EXPECT_GE(same_stops, 7);
}

TEST_P(PackCoursesTest, EightRunsInAPackAreEightRunsOfLoops) {
  const std::vector<PackMember> members = Members(PackSpec(GetParam()), 8);
  const std::vector<Course> packed = CoursesOf(members);
  int same_stops = 0;
  for (size_t i = 0; i < members.size(); ++i) {
    const Course alone = CourseOf(members[i], "cpu", EngineKind::kLoops);
    for (size_t report = 0; report < 3; ++report) {
      EXPECT_NEAR(packed[i].reports[report].train_loss / alone.reports[report].train_loss, 1, 1e-4);
    }
    same_stops += packed[i].stop_step == alone.stop_step ? 1 : 0;
  }
  EXPECT_GE(same_stops, 7);
}

INSTANTIATE_TEST_SUITE_P(Models, PackCoursesTest, testing::Values("mlp", "transformer"),
                         [](const auto& info) { return info.param; });

TEST(PackTest, GoesOnBitForBitFromWeightsAndStates) {
  const std::vector<PackMember> members = Members(PackSpec(), 3);
  const TaskTable table = TableOf(members[0].spec);
  Pack first(table, members, PackDevice());
  for (int step = 0; step < 12; ++step) first.Step(AllRows(3));
  Pack second(table, members, PackDevice());
  for (int64_t member = 0; member < 3; ++member) {
    second.SetWeights(member, first.Weights(member));
    second.SetOptimizerState(member, first.GetOptimizerState(member));
  }
  EXPECT_EQ(second.Steps(), 12);
  for (Pack* pack : {&first, &second}) {
    for (int step = 0; step < 5; ++step) pack->Step(AllRows(3));
  }
  for (int64_t member = 0; member < 3; ++member) {
    EXPECT_EQ(first.Weights(member), second.Weights(member));
  }
  EXPECT_NE(first.Weights(0), first.Weights(1));
}

TEST(PackTest, AStepIsBackwardAndUpdate) {
  const std::vector<PackMember> members = Members(PackSpec(), 2);
  const TaskTable table = TableOf(members[0].spec);
  Pack whole(table, members, PackDevice());
  Pack parts(table, members, PackDevice());
  for (int step = 0; step < 6; ++step) {
    whole.Step(AllRows(2));
    parts.Backward(AllRows(2));
    parts.Update();
  }
  EXPECT_EQ(whole.Weights(1), parts.Weights(1));
}

TEST(PackTest, ThoseThatStayGoOnAsIfNobodyHadLeft) {
  const std::vector<PackMember> members = Members(PackSpec(), 4);
  const TaskTable table = TableOf(members[0].spec);
  Pack all(table, members, PackDevice());
  Pack fewer(table, members, PackDevice());
  for (int step = 0; step < 8; ++step) {
    if (step == 4) fewer.Keep({3, 1});
    all.Step(AllRows(4));
    fewer.Step(AllRows(step < 4 ? 4 : 2));
  }
  const std::vector<float> expected = all.Weights(3);
  const std::vector<float> got = fewer.Weights(0);
  for (size_t i = 0; i < expected.size(); ++i) ASSERT_NEAR(got[i], expected[i], 1e-5);
  all.Backward(AllRows(4));
  fewer.Backward(AllRows(2));
  EXPECT_NEAR(fewer.Measure(1).batch_loss, all.Measure(1).batch_loss, 1e-4);
  const FeatureValues features = fewer.MeasureFeatures(1);
  const FeatureValues of_all = all.MeasureFeatures(1);
  for (size_t i = 0; i < features.size(); ++i) {
    if (std::isnan(of_all[i])) continue;
    EXPECT_NEAR(features[i], of_all[i], 1e-3 * std::abs(of_all[i]) + 1e-4);
  }
}

TEST(PackTest, BatchesOfOtherRowsAndSizesAreThoseOfTheProcessor) {
  const RunSpec spec = PackSpec();
  const std::vector<PackMember> members = Members(spec, 2);
  const TaskTable table = TableOf(spec);
  Pack pack(table, members, PackDevice());
  const auto alone = MakeTraining(members[1].spec, table, members[1].train, members[1].validation,
                                  20, "cpu", EngineKind::kLoops);
  for (int64_t step = 0; step < 9; ++step) {
    std::vector<int64_t> rows;
    const int64_t size = step % 3 == 2 ? 7 : 20;  // the last batch of a pass is smaller
    for (int64_t i = 0; i < size; ++i) rows.push_back((step * 5 + i) % members[0].train.size());
    std::vector<int64_t> other = rows;
    std::reverse(other.begin(), other.end());
    pack.Backward({other, rows});
    const double loss = alone->Backward(rows);
    EXPECT_NEAR(pack.Measure(1).batch_loss, loss, 1e-4);
    const TrainingMeasures measures = alone->Measure();
    EXPECT_NEAR(pack.Measure(1).measures.train_loss, measures.train_loss, 1e-4);
    EXPECT_NEAR(pack.Measure(1).measures.train_accuracy, measures.train_accuracy, 1e-9);
    EXPECT_NEAR(pack.Measure(1).measures.gradient_norm / measures.gradient_norm, 1, 1e-3);
    EXPECT_NEAR(pack.Measure(1).measures.activation_sparsity, measures.activation_sparsity, 0.02);
    pack.Update();
    alone->Update();
  }
}

TEST(PackTest, TheFirstStepWithoutANumberIsNamed) {
  std::vector<PackMember> members = Members(PackSpec(), 2);
  Pack pack(TableOf(members[0].spec), members, PackDevice());
  for (int step = 0; step < 5; ++step) pack.Step(AllRows(2));
  std::vector<float> weights = pack.Weights(1);
  weights[0] = NAN;
  pack.SetWeights(1, weights);
  for (int step = 0; step < 3; ++step) pack.Step(AllRows(2));
  pack.Backward(AllRows(2));
  EXPECT_EQ(pack.FirstBadStep(0), std::nullopt);
  EXPECT_EQ(pack.FirstBadStep(1), 5);
  EXPECT_TRUE(std::isfinite(pack.Measure(0).batch_loss));
  EXPECT_FALSE(std::isfinite(pack.Measure(1).batch_loss));
}

TEST(PackTest, CountsTheWorkOfAllMembers) {
  const std::vector<PackMember> members = Members(PackSpec(), 4);
  const TaskTable table = TableOf(members[0].spec);
  const Pack one(table, {members[0]}, "cpu");
  const Pack four(table, members, "cpu");
  EXPECT_EQ(four.StepFlops(), 4 * one.StepFlops());
  EXPECT_EQ(one.size(), four.size());
  EXPECT_EQ(one.parameters().size(), four.parameters().size());
}

}  // namespace
}  // namespace powerdown
