#include "common/task/task_structure.h"

#include <algorithm>
#include <map>
#include <random>
#include <set>

namespace powerdown {
namespace {

constexpr int kQuadrangles = 2000;
// Places of one answer that are tried: a square has two roots, a cube three.
constexpr size_t kMostAlike = 3;

// Answers by row and column; -1 where the task does not ask.
class Square {
 public:
  explicit Square(const TaskTable& table) : size_(table.symbols) {
    answers_.assign(static_cast<size_t>(size_ * size_), -1);
    for (int64_t row = 0; row < table.size(); ++row) {
      const int32_t* question = &table.questions[static_cast<size_t>(2 * row)];
      answers_[static_cast<size_t>(question[0] * size_ + question[1])] =
          table.answers[static_cast<size_t>(row)];
    }
  }
  int64_t size() const { return size_; }
  int32_t At(int64_t x, int64_t y) const { return answers_[static_cast<size_t>(x * size_ + y)]; }
  // The first columns of row x with this answer, looked for from `start` on.
  std::vector<int64_t> InRow(int64_t x, int32_t answer, int64_t start) const {
    return Find(start, [&](int64_t y) { return At(x, y) == answer; });
  }
  std::vector<int64_t> InColumn(int64_t y, int32_t answer, int64_t start) const {
    return Find(start, [&](int64_t x) { return At(x, y) == answer; });
  }

 private:
  template <typename Condition>
  std::vector<int64_t> Find(int64_t start, const Condition& holds) const {
    std::vector<int64_t> found;
    for (int64_t i = 0; i < size_ && found.size() < kMostAlike; ++i) {
      const int64_t place = (start + i) % size_;
      if (holds(place)) found.push_back(place);
    }
    return found;
  }

  const int64_t size_;
  std::vector<int32_t> answers_;
};

double Swappable(const Square& square) {
  std::map<int32_t, std::map<int32_t, double>> swapped;  // by answer: answers of (y, x), counted
  double pairs = 0;
  for (int64_t x = 0; x < square.size(); ++x) {
    for (int64_t y = 0; y < square.size(); ++y) {
      if (x == y || square.At(x, y) < 0 || square.At(y, x) < 0) continue;
      ++pairs;
      ++swapped[square.At(x, y)][square.At(y, x)];
    }
  }
  double right = 0;
  for (const auto& [answer, counts] : swapped) {
    double most = 0;
    for (const auto& [other, count] : counts) most = std::max(most, count);
    right += most;
  }
  return pairs > 0 ? right / pairs : 0;
}

double Distinct(const Square& square) {
  double distinct = 0;
  for (int64_t x = 0; x < square.size(); ++x) {
    std::set<int32_t> answers;
    for (int64_t y = 0; y < square.size(); ++y) answers.insert(square.At(x, y));
    answers.erase(-1);
    distinct += static_cast<double>(answers.size());
  }
  return distinct / static_cast<double>(square.size() * square.size());
}

double Closed(const Square& square) {
  std::mt19937_64 random(1);
  const auto draw = [&] {
    return static_cast<int64_t>(random() % static_cast<uint64_t>(square.size()));
  };
  double closed = 0;
  double tried = 0;
  for (int i = 0; i < kQuadrangles; ++i) {
    const int64_t x = draw(), y = draw(), z = draw(), t = draw(), v = draw(), start = draw();
    if (z == x || t == x || v == y || square.At(x, y) < 0 || square.At(x, v) < 0 ||
        square.At(t, y) < 0 || square.At(t, v) < 0) {
      continue;
    }
    const std::vector<int64_t> columns_u = square.InRow(z, square.At(x, v), start);
    bool is_tried = false;
    bool is_closed = false;
    for (const int64_t w : square.InRow(z, square.At(x, y), start)) {
      for (const int64_t s : square.InColumn(w, square.At(t, y), start)) {
        for (const int64_t u : columns_u) {
          if (square.At(s, u) < 0) continue;
          is_tried = true;
          is_closed = is_closed || square.At(t, v) == square.At(s, u);
        }
      }
    }
    tried += is_tried ? 1 : 0;
    closed += is_closed ? 1 : 0;
  }
  return tried > 0 ? closed / tried : 0;
}

}  // namespace

TaskStructure StructureOf(const TaskTable& table) {
  if (table.operands != 2 || table.symbols < 2) return {};
  const Square square(table);
  return {Swappable(square), Distinct(square), Closed(square)};
}

}  // namespace powerdown
