#include "common/run/run_memory.h"

#include <gtest/gtest.h>

namespace powerdown {
namespace {

MemoryNeed NeedOf(const RunSpec& spec) {
  const TaskTable table = *MakeTask(spec);
  return MemoryOf(spec, table, table.size() / 2);
}

TEST(RunMemoryTest, WeightsAreCountedAsTheWorkerCountsThem) {
  RunSpec spec;
  EXPECT_EQ(WeightsOf(spec, *MakeTask(spec)), 88507);  // what `started` says of the standard spec
}

TEST(RunMemoryTest, AStepGrowsWithItsPairsAndWithEachWidth) {
  RunSpec spec;
  spec.modulus = 97;
  const double full = NeedOf(spec).step;
  spec.hidden *= 2;
  EXPECT_GT(NeedOf(spec).step, 1.3 * full);
  spec.batch_size = 100;
  EXPECT_LT(NeedOf(spec).step, full / 10);
  spec.model = "transformer";
  const double narrow = NeedOf(spec).total();
  spec.layers = 3;
  EXPECT_GT(NeedOf(spec).total(), narrow);
}

// Small batches do not help where the held-out pairs are many: they are scored too.
TEST(RunMemoryTest, AnEvaluationCountsAndIsBounded) {
  RunSpec spec;
  spec.modulus = 97;
  spec.batch_size = 10;
  EXPECT_GT(NeedOf(spec).evaluation, 100 * NeedOf(spec).step);
  spec.modulus = 499;
  const double large = NeedOf(spec).evaluation;
  spec.modulus = 997;
  EXPECT_LT(NeedOf(spec).evaluation, 2 * large) << "a part of the pairs at a time";
}

TEST(RunMemoryTest, StateCountsEveryCopyOfTheWeights) {
  RunSpec spec;
  const double weights = 4 * WeightsOf(spec, *MakeTask(spec));
  EXPECT_GT(NeedOf(spec).state, 20 * weights);
}

}  // namespace
}  // namespace powerdown
