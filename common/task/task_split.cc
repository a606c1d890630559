// Which rows of a task are trained on, and which of their answers are spoilt.
#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <utility>

#include "common/task/task.h"

namespace powerdown {
namespace {

constexpr uint64_t kNoiseStream = ~(0x6c6162656c73ull << 16);
constexpr int32_t kAlone = -1;

// Rows that stay on one side: each alone, or with its mirror image.
using RowGroup = std::pair<int32_t, int32_t>;

std::vector<RowGroup> RowGroups(const TaskTable& table, bool is_unordered) {
  std::vector<RowGroup> groups;
  std::map<std::pair<int32_t, int32_t>, size_t> group_of;
  for (int32_t row = 0; row < table.size(); ++row) {
    if (is_unordered) {
      const int32_t* question = &table.questions[2 * static_cast<size_t>(row)];
      const auto [place, is_new] = group_of.emplace(
          std::pair<int32_t, int32_t>(std::minmax(question[0], question[1])), groups.size());
      if (!is_new) {
        groups[place->second].second = row;
        continue;
      }
    }
    groups.emplace_back(row, kAlone);
  }
  return groups;
}

}  // namespace

Split MakeSplit(const TaskTable& table, const TaskSpec& spec) {
  std::vector<RowGroup> groups = RowGroups(table, spec.split == "unordered" && table.operands == 2);
  std::mt19937_64 random(static_cast<uint64_t>(spec.split_seed));
  for (size_t i = groups.size(); i > 1; --i) std::swap(groups[i - 1], groups[random() % i]);
  const auto trained =
      static_cast<size_t>(std::llround(spec.train_fraction * static_cast<double>(table.size())));
  Split split;
  for (const auto& [row, mirror] : groups) {
    std::vector<int32_t>& side = split.train.size() < trained ? split.train : split.validation;
    side.push_back(row);
    if (mirror != kAlone) side.push_back(mirror);
  }
  std::sort(split.train.begin(), split.train.end());
  std::sort(split.validation.begin(), split.validation.end());
  return split;
}

void ApplyLabelNoise(TaskTable& table, const Split& split, const TaskSpec& spec) {
  if (table.classes < 2) return;
  std::vector<int32_t> rows = split.train;
  std::mt19937_64 random(static_cast<uint64_t>(spec.split_seed) ^ kNoiseStream);
  const int64_t wrong = std::llround(spec.label_noise * static_cast<double>(rows.size()));
  for (int64_t i = 0; i < wrong; ++i) {
    std::swap(rows[i], rows[i + random() % (rows.size() - i)]);
    const uint64_t shift = 1 + random() % static_cast<uint64_t>(table.classes - 1);
    int32_t& answer = table.answers[rows[i]];
    answer = static_cast<int32_t>((answer + shift) % table.classes);
  }
}

}  // namespace powerdown
