// The update rules of packs against those of single runs, in double.
#include "server/trainer/network/packed_optimizer.h"

#include <gtest/gtest.h>

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "server/trainer/network/optimizer.h"
#include "tests/server/trainer/network/tensor_dataset.h"
#include "tests/server/trainer/tiny_run.h"

namespace powerdown {
namespace {

struct Rule {
  std::string name;
  RunSpec spec;
};

void PrintTo(const Rule& rule, std::ostream* out) {
  *out << rule.name;
}

std::vector<Rule> Rules() {
  std::vector<Rule> rules;
  for (const char* optimizer : {"adamw", "sgd", "muon"}) {
    for (const char* group : {"all", "matrices", "hidden"}) {
      RunSpec spec = TinySpec();
      spec.optimizer = optimizer;
      spec.decay_group = group;
      rules.push_back({std::string(optimizer) + "_" + group, spec});
    }
    RunSpec spec = TinySpec();
    spec.optimizer = optimizer;
    spec.grokfast = 2;
    rules.push_back({std::string(optimizer) + "_grokfast", spec});
    spec.orthogonal_gradient = "on";
    rules.push_back({std::string(optimizer) + "_orthogonal", spec});
  }
  return rules;
}

class PackedOptimizerTest : public testing::TestWithParam<Rule> {};

TEST_P(PackedOptimizerTest, EachMemberMovesAsOnItsOwn) {
  constexpr int64_t kMembers = 3;
  constexpr int kSteps = 25;  // beyond the warm-up
  std::vector<RunSpec> specs;
  std::vector<Model> models;
  std::vector<std::unique_ptr<Optimizer>> single;
  std::vector<torch::Tensor> rows;
  const TensorDataset dataset(GetParam().spec);
  for (int64_t member = 0; member < kMembers; ++member) {
    RunSpec spec = GetParam().spec;
    spec.seed = member;
    spec.learning_rate *= static_cast<double>(member + 1);
    spec.weight_decay *= static_cast<double>(member);
    specs.push_back(spec);
    models.emplace_back(spec, dataset.table, torch::kCPU, torch::kFloat64);
    single.push_back(MakeOptimizer(spec, PartsOf(spec, models.back()), models.back().flat()));
  }
  const PackedLayout layout(models[0]);
  for (const Model& model : models) rows.push_back(layout.RowOf(model.flat()));
  const torch::Tensor weights = torch::stack(rows).to(TestDevice());
  PackedOptimizer packed(specs, layout, weights);
  torch::manual_seed(5);
  for (int step = 0; step < kSteps; ++step) {
    std::vector<torch::Tensor> gradients;
    for (int64_t member = 0; member < kMembers; ++member) {
      const auto i = static_cast<size_t>(member);
      torch::Tensor gradient = torch::randn({models[i].size()}, torch::kFloat64);
      gradients.push_back(layout.RowOf(gradient));
      single[i]->Step(models[i].flat(), gradient);
    }
    packed.Step(weights, torch::stack(gradients).to(TestDevice()));
  }
  EXPECT_EQ(packed.steps().item<double>(), kSteps);
  ASSERT_EQ(packed.buffers().size(), single[0]->buffers().size());
  for (int64_t member = 0; member < kMembers; ++member) {
    const auto i = static_cast<size_t>(member);
    const auto distance = [&](const torch::Tensor& pack, const torch::Tensor& own) {
      return (layout.FlatOf(pack[member]).to(torch::kCPU) - own.detach())
          .abs()
          .max()
          .item<double>();
    };
    EXPECT_LT(distance(weights, models[i].flat()), 1e-10);
    for (size_t buffer = 0; buffer < packed.buffers().size(); ++buffer) {
      EXPECT_EQ(packed.buffers()[buffer].name, single[i]->buffers()[buffer].name);
      EXPECT_LT(distance(packed.buffers()[buffer].value, single[i]->buffers()[buffer].value),
                1e-10);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, PackedOptimizerTest, testing::ValuesIn(Rules()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace powerdown
