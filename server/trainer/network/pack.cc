#include "server/trainer/network/pack.h"

#include <algorithm>
#include <map>

#include "common/run/run_memory.h"
#include "server/trainer/network/feature_probe.h"
#include "server/trainer/network/graph_replay.h"
#include "server/trainer/network/model.h"
#include "server/trainer/network/packed_layout.h"
#include "server/trainer/network/packed_loss.h"
#include "server/trainer/network/packed_network.h"
#include "server/trainer/network/packed_optimizer.h"

namespace powerdown {

// Questions of all members with their answers.
struct PackBatch {
  torch::Tensor questions;  // [members, n, operands]
  torch::Tensor answers;    // [members, n]
};

// As many of them as are asked at once.
struct PackedQuestions {
  RowSums rows;
  torch::Tensor answers;  // [members, n]
};

struct PackScore {
  torch::Tensor loss, right;  // [members]
};

namespace {

// Columns of what one look at a pack brings to the host.
enum LookColumn : int64_t {
  kBatchLoss,
  kTrainLoss,
  kTrainRight,
  kValidationLoss,
  kValidationRight,
  kGradientNorm,
  kWeightNorm,
  kSparsity,
  kBadStep,
  kLookColumns
};

PackBatch BatchOf(const std::vector<PackMember>& members, const Pairs PackMember::*side,
                  torch::Device device) {
  std::vector<torch::Tensor> questions, answers;
  for (const PackMember& member : members) {
    const Batch batch = ToBatch(member.*side);
    questions.push_back(batch.questions);
    answers.push_back(batch.answers);
  }
  return {torch::stack(questions).to(device), torch::stack(answers).to(device)};
}

}  // namespace

struct Pack::Parts {
  // What most steps or a pass's last step see, and the work on it.
  struct StepWork {
    PackedQuestions questions;
    std::unique_ptr<GraphReplay> step, look;
  };

  Parts(const TaskTable& all_of_table, const std::vector<PackMember>& members,
        torch::Device on_device);

  std::vector<PackedQuestions> QuestionsOf(const PackBatch& batch) const;
  PackedQuestions QuestionsAt(const Rows& rows) const;
  void MakeWork();
  StepWork WorkOn(PackedQuestions questions);
  StepWork& WorkFor(const Rows& rows);
  PackedNetwork::Output ComputeGradient(const PackedQuestions& questions);
  PackScore ScoreOn(const std::vector<PackedQuestions>& side) const;
  void LookAt(const PackedQuestions& questions, bool is_all);
  void ReadLook();

  const TaskTable table;
  const torch::Device device;
  std::vector<RunSpec> specs;
  std::unique_ptr<PackedLayout> layout;
  std::vector<ParameterShape> shapes;
  int64_t size = 0;
  PackBatch train, validation;
  std::vector<FeatureProbe> probes;
  torch::Tensor weights, gradient;  // [members, stride]
  torch::Tensor losses, bad_steps;  // of the last gradient, and -1 or the first of no number
  torch::Tensor look;               // [members, kLookColumns]

  std::unique_ptr<PackedNetwork> network;
  std::unique_ptr<PackedOptimizer> optimizer;
  std::vector<PackedQuestions> all_train, all_validation;
  std::unique_ptr<StepWork> full;
  std::map<int64_t, StepWork> by_size;  // of batches that are not full: two sizes at most
  std::unique_ptr<GraphReplay> update;
  PackedNetwork::Output output;  // of the last look
  torch::Tensor answers;         // of its questions
  std::vector<Look> looks;
  std::vector<std::optional<int64_t>> first_bad_steps;
};

Pack::Parts::Parts(const TaskTable& all_of_table, const std::vector<PackMember>& members,
                   torch::Device on_device)
    : table(all_of_table), device(on_device) {
  UseOwnStream(device);
  std::vector<torch::Tensor> rows;
  for (const PackMember& member : members) {
    specs.push_back(member.spec);
    const Model model(member.spec, table, torch::kCPU);
    if (!layout) {
      layout = std::make_unique<PackedLayout>(model);
      shapes = ShapesOf(model);
      size = model.size();
    }
    rows.push_back(layout->RowOf(model.flat()));
    probes.emplace_back(model.flat().detach().to(device), table);
  }
  weights = torch::stack(rows).to(device);
  train = BatchOf(members, &PackMember::train, device);
  validation = BatchOf(members, &PackMember::validation, device);
  gradient = torch::zeros_like(weights);
  bad_steps = torch::full({weights.size(0)}, -1, weights.options());
  optimizer = std::make_unique<PackedOptimizer>(specs, *layout, weights);
  MakeWork();
}

// From the tensors that last, all that follows from them.
void Pack::Parts::MakeWork() {
  const int64_t members = weights.size(0);
  losses = torch::zeros({members}, weights.options());
  look = torch::zeros({members, kLookColumns}, weights.options());
  network = std::make_unique<PackedNetwork>(specs[0], table, *layout, weights);
  all_validation = QuestionsOf(validation);
  all_train.clear();
  by_size.clear();
  full.reset();
  update = std::make_unique<GraphReplay>(device, [this] { optimizer->Step(weights, gradient); });
}

std::vector<PackedQuestions> Pack::Parts::QuestionsOf(const PackBatch& batch) const {
  std::vector<PackedQuestions> parts;
  const int64_t count = batch.answers.size(1);
  for (int64_t first = 0; first < count; first += kMostScoredPairs) {
    const int64_t pairs = std::min(kMostScoredPairs, count - first);
    parts.push_back({network->RowsOf(batch.questions.narrow(1, first, pairs)),
                     batch.answers.narrow(1, first, pairs)});
  }
  return parts;
}

PackedQuestions Pack::Parts::QuestionsAt(const Rows& rows) const {
  std::vector<torch::Tensor> questions, answers;
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto member = static_cast<int64_t>(i);
    const torch::Tensor index = torch::tensor(rows[i], torch::kInt64).to(device);
    questions.push_back(train.questions[member].index_select(0, index));
    answers.push_back(train.answers[member].index_select(0, index));
  }
  return {network->RowsOf(torch::stack(questions)), torch::stack(answers)};
}

Pack::Parts::StepWork Pack::Parts::WorkOn(PackedQuestions questions) {
  StepWork work;
  work.questions = std::move(questions);
  const PackedQuestions at = work.questions;
  const bool is_all = at.answers.size(1) == train.answers.size(1);
  if (!is_all && all_train.empty()) all_train = QuestionsOf(train);
  work.step = std::make_unique<GraphReplay>(device, [this, at] {
    ComputeGradient(at);
    optimizer->Step(weights, gradient);
  });
  work.look = std::make_unique<GraphReplay>(device, [this, at, is_all] { LookAt(at, is_all); });
  return work;
}

Pack::Parts::StepWork& Pack::Parts::WorkFor(const Rows& rows) {
  if (rows[0].empty()) {
    if (!full) {
      // In one piece: a step keeps all of its batch.
      full = std::make_unique<StepWork>(WorkOn({network->RowsOf(train.questions), train.answers}));
    }
    return *full;
  }
  const PackedQuestions questions = QuestionsAt(rows);
  const auto pairs = static_cast<int64_t>(rows[0].size());
  const auto found = by_size.find(pairs);
  if (found == by_size.end()) return by_size.emplace(pairs, WorkOn(questions)).first->second;
  PackedQuestions& kept = found->second.questions;
  kept.answers.copy_(questions.answers);
  kept.rows.rows.copy_(questions.rows.rows);
  if (kept.rows.counts.defined()) {
    kept.rows.counts.copy_(questions.rows.counts);
  } else {
    kept.rows.takers.copy_(questions.rows.takers);
    kept.rows.row_firsts.copy_(questions.rows.row_firsts);
  }
  return found->second;
}

PackedNetwork::Output Pack::Parts::ComputeGradient(const PackedQuestions& questions) {
  const PackedNetwork::Output of_batch = network->Forward(questions.rows);
  const PackedLoss loss = PackedLossWithGradient(specs[0], of_batch.logits, questions.answers);
  network->Backward(of_batch, loss.gradient, gradient);
  const torch::NoGradGuard no_gradient;
  losses.copy_(loss.loss);
  const torch::Tensor step = optimizer->steps().to(weights.scalar_type()).expand_as(bad_steps);
  bad_steps.copy_(
      torch::where(bad_steps.lt(0).logical_and(losses.isfinite().logical_not()), step, bad_steps));
  return {of_batch.logits.detach(), of_batch.hidden.detach()};
}

PackScore Pack::Parts::ScoreOn(const std::vector<PackedQuestions>& side) const {
  const torch::NoGradGuard no_gradient;
  double count = 0;
  for (const PackedQuestions& part : side) count += static_cast<double>(part.answers.size(1));
  PackScore sum{torch::zeros_like(losses), torch::zeros_like(losses)};
  for (const PackedQuestions& part : side) {
    const torch::Tensor logits = network->Forward(part.rows).logits;
    const double share = static_cast<double>(part.answers.size(1)) / count;
    sum.loss.add_(PackedLossOf(specs[0], logits, part.answers), share);
    sum.right.add_(PackedRightOf(logits, part.answers));
  }
  return sum;
}

void Pack::Parts::LookAt(const PackedQuestions& questions, bool is_all) {
  output = ComputeGradient(questions);
  answers = questions.answers;
  const torch::NoGradGuard no_gradient;
  const PackScore of_train =
      is_all ? PackScore{losses, PackedRightOf(output.logits, answers)} : ScoreOn(all_train);
  const PackScore of_validation = ScoreOn(all_validation);
  const auto set = [&](LookColumn column, const torch::Tensor& values) {
    look.select(1, column).copy_(values);
  };
  set(kBatchLoss, losses);
  set(kTrainLoss, of_train.loss);
  set(kTrainRight, of_train.right);
  set(kValidationLoss, of_validation.loss);
  set(kValidationRight, of_validation.right);
  set(kGradientNorm, gradient.norm(2, {1}));
  set(kWeightNorm, weights.norm(2, {1}));
  set(kSparsity, PackedSparsityOf(specs[0], output.hidden));
  set(kBadStep, bad_steps);
}

// The one place where a look's figures come to the host.
void Pack::Parts::ReadLook() {
  const torch::Tensor on_cpu = look.to(torch::kCPU).to(torch::kFloat64).contiguous();
  const auto trained = static_cast<double>(train.answers.size(1));
  const auto held_out = static_cast<double>(validation.answers.size(1));
  looks.clear();
  first_bad_steps.clear();
  for (int64_t member = 0; member < on_cpu.size(0); ++member) {
    const double* row = on_cpu.data_ptr<double>() + member * kLookColumns;
    looks.push_back(
        {row[kBatchLoss],
         {row[kTrainLoss], row[kTrainRight] / trained, row[kValidationLoss],
          row[kValidationRight] / held_out, row[kGradientNorm], row[kWeightNorm], row[kSparsity]}});
    std::optional<int64_t>& bad = first_bad_steps.emplace_back();
    if (row[kBadStep] >= 0) bad = static_cast<int64_t>(row[kBadStep]);
  }
}

Pack::Pack(const TaskTable& table, const std::vector<PackMember>& members,
           const std::string& device)
    : parts_(std::make_unique<Parts>(table, members, torch::Device(device))) {}

Pack::~Pack() = default;

const std::vector<ParameterShape>& Pack::parameters() const {
  return parts_->shapes;
}

int64_t Pack::size() const {
  return parts_->size;
}

std::vector<float> Pack::Weights(int64_t member) const {
  const torch::Tensor flat =
      parts_->layout->FlatOf(parts_->weights[member]).to(torch::kCPU).contiguous();
  const float* first = flat.data_ptr<float>();
  return {first, first + size()};
}

void Pack::SetWeights(int64_t member, absl::Span<const float> weights) {
  TORCH_CHECK(static_cast<int64_t>(weights.size()) == size(), "wrong number of weights");
  torch::Tensor flat = torch::empty({size()}, torch::kFloat32);
  std::copy(weights.begin(), weights.end(), flat.data_ptr<float>());
  parts_->weights[member].copy_(parts_->layout->RowOf(flat));
}

int64_t Pack::Steps() const {
  return static_cast<int64_t>(parts_->optimizer->steps().item<double>());
}

OptimizerState Pack::GetOptimizerState(int64_t member) const {
  OptimizerState state;
  state.steps = Steps();
  for (const PackedOptimizer::Buffer& buffer : parts_->optimizer->buffers()) {
    const torch::Tensor flat =
        parts_->layout->FlatOf(buffer.value[member]).to(torch::kCPU).contiguous();
    const float* first = flat.data_ptr<float>();
    state.buffers.push_back({buffer.name, {first, first + size()}});
  }
  return state;
}

void Pack::SetOptimizerState(int64_t member, const OptimizerState& state) {
  const auto& buffers = parts_->optimizer->buffers();
  for (size_t i = 0; i < buffers.size(); ++i) {
    std::vector<float> values = state.buffers.at(i).values;
    const torch::Tensor flat = torch::from_blob(values.data(), {size()}, torch::kFloat32);
    buffers[i].value[member].copy_(parts_->layout->RowOf(flat));
  }
  parts_->optimizer->steps().fill_(static_cast<double>(state.steps));
}

void Pack::Backward(const Rows& rows) {
  parts_->WorkFor(rows).look->Run();
  parts_->ReadLook();
}

void Pack::Update() {
  parts_->update->Run();
}

void Pack::Step(const Rows& rows) {
  parts_->WorkFor(rows).step->Run();
}

const Pack::Look& Pack::Measure(int64_t member) const {
  return parts_->looks.at(static_cast<size_t>(member));
}

FeatureValues Pack::MeasureFeatures(int64_t member) const {
  const torch::Tensor weights = parts_->weights[member];
  const PackedLayout& layout = *parts_->layout;
  return parts_->probes.at(static_cast<size_t>(member))
      .Measure({layout.ParametersOf(weights), layout.FlatOf(weights),
                layout.FlatOf(parts_->gradient[member])},
               {parts_->output.logits[member], parts_->output.hidden[member]},
               parts_->answers[member]);
}

std::optional<int64_t> Pack::FirstBadStep(int64_t member) const {
  return parts_->first_bad_steps.at(static_cast<size_t>(member));
}

void Pack::Keep(const std::vector<int64_t>& members) {
  Parts& parts = *parts_;
  const torch::Tensor index = torch::tensor(members, torch::kInt64).to(parts.device);
  const auto keep = [&](torch::Tensor& tensor) { tensor = tensor.index_select(0, index); };
  std::vector<RunSpec> specs;
  std::vector<FeatureProbe> probes;
  for (const int64_t member : members) {
    specs.push_back(parts.specs.at(static_cast<size_t>(member)));
    probes.push_back(parts.probes.at(static_cast<size_t>(member)));
  }
  parts.specs = std::move(specs);
  parts.probes = std::move(probes);
  for (PackBatch* side : {&parts.train, &parts.validation}) {
    keep(side->questions);
    keep(side->answers);
  }
  keep(parts.weights);
  keep(parts.gradient);
  keep(parts.bad_steps);
  auto optimizer = std::make_unique<PackedOptimizer>(parts.specs, *parts.layout, parts.weights);
  for (size_t i = 0; i < optimizer->buffers().size(); ++i) {
    optimizer->buffers()[i].value.copy_(parts.optimizer->buffers()[i].value.index_select(0, index));
  }
  optimizer->steps().copy_(parts.optimizer->steps());
  parts.optimizer = std::move(optimizer);
  parts.MakeWork();
}

double Pack::StepFlops() const {
  return parts_->network->StepFlops(parts_->train.answers.size(1));
}

}  // namespace powerdown
