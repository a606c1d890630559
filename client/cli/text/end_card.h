// How a run or a comparison ended, in a few lines that stay on a small terminal: what stopping
// saved, one question before and after, forecast against actual, one projection to a real
// training, and what to type next. Pure.
#pragma once

#include <optional>
#include <string>

#include "client/cli/text/style.h"
#include "common/energy/projection.h"
#include "common/run/run.h"

namespace powerdown {

inline constexpr int kMostCardLines = 8;  // a third of a terminal of 24 rows
inline constexpr int kCardWidth = 79;     // some terminals wrap at the last column of 80

// A held-out question that the model answered wrong and later right.
struct LearnedAnswer {
  QuizAnswer before;
  int64_t before_step = 0;
  QuizAnswer after;
  int64_t after_step = 0;
};
// The first question that `before` answers wrong and `after` right, of those held out. Nullopt if
// there is none.
std::optional<LearnedAnswer> FindLearned(const QuizResult& before, const QuizResult& after);

// `learned` says it in one line, from LearnedText or why it is not known; empty: no line.
// On a terminal narrower than kCardWidth the lines go on below.
std::string EndCard(const Comparison& comparison, const std::string& learned, const Style& style);
std::string EndCard(const Run& run, const std::string& learned, const Style& style);
// "17 + 44: 31 ✗ at step 145, 2 ✓ at step 780 (right: 2, never trained on)"
std::string LearnedText(const LearnedAnswer& learned, const Style& style);
// "projected, not measured: 46.2% of a BERT base training is 696 kWh, 329 kg CO2, $105"
std::string ProjectedText(const Saving& saved, Joules whole, const TrainingSize& size,
                          const FootprintFactors& factors);

}  // namespace powerdown
