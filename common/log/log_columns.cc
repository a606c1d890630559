#include "common/log/log_columns.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {
namespace {

constexpr std::array<std::string_view, kLogFields> kNames = {"step",
                                                             "attempt",
                                                             "time",
                                                             "train_loss",
                                                             "train_accuracy",
                                                             "validation_loss",
                                                             "validation_accuracy",
                                                             "gradient_norm",
                                                             "weight_norm",
                                                             "activation_sparsity",
                                                             "power_watts",
                                                             "energy_joules"};
constexpr LogField kNeeded[] = {LogField::kStep, LogField::kTrainAccuracy,
                                LogField::kValidationAccuracy};
constexpr int kUnlikely = 50;  // a name that says half of it: "loss", "epoch"

// "train/Acc", "trainAcc" and "train_acc" are the words train and acc.
std::vector<std::string> WordsOf(std::string_view name) {
  std::vector<std::string> words;
  bool was_lower = false;
  bool is_new = true;
  for (const char c : name) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c))) {
      is_new = true;
      was_lower = false;
      continue;
    }
    if (absl::ascii_isupper(static_cast<unsigned char>(c)) && was_lower) is_new = true;
    if (is_new) words.emplace_back();
    is_new = false;
    words.back() += absl::ascii_tolower(static_cast<unsigned char>(c));
    was_lower = absl::ascii_islower(static_cast<unsigned char>(c));
  }
  return words;
}

struct WholeName {
  std::string_view words;  // with spaces between
  LogField field;
  int rank;
};
constexpr WholeName kWholeNames[] = {
    {"step", LogField::kStep, 1},
    {"steps", LogField::kStep, 2},
    {"global step", LogField::kStep, 3},
    {"trainer global step", LogField::kStep, 4},
    {"iteration", LogField::kStep, 5},
    {"iterations", LogField::kStep, 5},
    {"iter", LogField::kStep, 5},
    {"it", LogField::kStep, 6},
    {"update", LogField::kStep, 6},
    {"updates", LogField::kStep, 6},
    {"num updates", LogField::kStep, 6},
    {"batch", LogField::kStep, kUnlikely - 1},
    {"epoch", LogField::kStep, kUnlikely},
    {"epochs", LogField::kStep, kUnlikely},
    {"attempt", LogField::kAttempt, 1},
    {"restart", LogField::kAttempt, 2},
    {"time", LogField::kTime, 1},
    {"timestamp", LogField::kTime, 2},
    {"wall time", LogField::kTime, 3},
    {"datetime", LogField::kTime, 4},
    {"date", LogField::kTime, 5},
    {"created at", LogField::kTime, 6},
    {"ts", LogField::kTime, 7},
    {"elapsed", LogField::kTime, 10},
    {"elapsed seconds", LogField::kTime, 11},
    {"elapsed time", LogField::kTime, 12},
    {"time elapsed", LogField::kTime, 13},
    {"runtime", LogField::kTime, 14},
    {"seconds", LogField::kTime, 15},
    {"gradient norm", LogField::kGradientNorm, 1},
    {"grad norm", LogField::kGradientNorm, 2},
    {"weight norm", LogField::kWeightNorm, 1},
    {"weights norm", LogField::kWeightNorm, 2},
    {"param norm", LogField::kWeightNorm, 3},
    {"parameter norm", LogField::kWeightNorm, 4},
    {"activation sparsity", LogField::kActivationSparsity, 1},
    {"power watts", LogField::kPower, 1},
    {"power w", LogField::kPower, 2},
    {"watts", LogField::kPower, 3},
    {"energy joules", LogField::kEnergy, 1},
    {"energy j", LogField::kEnergy, 2},
    {"joules", LogField::kEnergy, 3},
};

struct Word {
  std::string_view word;
  int rank;
};
template <size_t kCount>
const Word* FindWord(const Word (&words)[kCount], std::string_view wanted) {
  const auto found = std::find_if(std::begin(words), std::end(words),
                                  [&](const Word& word) { return word.word == wanted; });
  return found == std::end(words) ? nullptr : found;
}
constexpr Word kTrain[] = {{"train", 0}, {"training", 0}, {"tr", 2}};
// Where a log has both, the validation set is what was looked at during the training.
constexpr Word kValidation[] = {{"validation", 0}, {"valid", 0},   {"val", 0},   {"eval", 0},
                                {"dev", 2},        {"heldout", 2}, {"test", 10}, {"testing", 10}};
constexpr Word kAccuracy[] = {{"accuracy", 0}, {"acc", 0}, {"top1", 2}, {"acc1", 2}};
constexpr Word kLoss[] = {{"loss", 0}, {"ce", 3}, {"nll", 3}, {"crossentropy", 3}};
// Of one quantity at several grains: the mean of an epoch before that of one batch.
constexpr Word kGrain[] = {{"epoch", 1}, {"full", 1}, {"mean", 1},
                           {"avg", 1},   {"step", 3}, {"batch", 3}};

// A word that is said twice says nothing more: "Loss_train/Loss", which add_scalars writes.
std::optional<LogGuess> GuessMeasure(const std::vector<std::string>& words) {
  const Word* side = nullptr;
  const Word* quantity = nullptr;
  bool is_validation = false;
  bool is_loss = false;
  int rank = 1;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& text = words[i];
    if (std::find(words.begin(), words.begin() + static_cast<ptrdiff_t>(i), text) !=
        words.begin() + static_cast<ptrdiff_t>(i)) {
      continue;
    }
    if (const Word* word = FindWord(kTrain, text); word != nullptr && side == nullptr) {
      side = word;
    } else if (word = FindWord(kValidation, text); word != nullptr && side == nullptr) {
      side = word;
      is_validation = true;
    } else if (word = FindWord(kAccuracy, text); word != nullptr && quantity == nullptr) {
      quantity = word;
    } else if (word = FindWord(kLoss, text); word != nullptr && quantity == nullptr) {
      quantity = word;
      is_loss = true;
    } else if (word = FindWord(kGrain, text); word != nullptr) {
      rank += word->rank;
    } else {
      return std::nullopt;
    }
  }
  if (quantity == nullptr) return std::nullopt;
  rank += quantity->rank + (side != nullptr ? side->rank : kUnlikely);
  if (is_validation) {
    return LogGuess{is_loss ? LogField::kValidationLoss : LogField::kValidationAccuracy, rank};
  }
  return LogGuess{is_loss ? LogField::kTrainLoss : LogField::kTrainAccuracy, rank};
}

// ", the nearest is …", or what there is to choose from; never much of it.
std::string Nearest(std::string_view wanted, const std::vector<std::string>& names) {
  if (names.empty()) return "";
  return Concat("; the nearest is ", Quoted(NearestWord(wanted, {names.begin(), names.end()})));
}

}  // namespace

std::string_view NameOf(LogField field) {
  return kNames[static_cast<size_t>(field)];
}

absl::StatusOr<LogField> FieldNamed(const std::string& name) {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found != kNames.end()) return static_cast<LogField>(found - kNames.begin());
  return absl::InvalidArgumentError(
      Concat("--column ", Quoted(name), NotKnown(name, {kNames.begin(), kNames.end()})));
}

bool MustBeOne(LogField field) {
  return field != LogField::kTime && field != LogField::kAttempt;
}

absl::StatusOr<std::pair<std::string, std::string>> ParseColumn(const std::string& text) {
  const size_t sign = text.find('=');
  if (sign == 0 || sign == text.npos || sign + 1 == text.size()) {
    return absl::InvalidArgumentError(Concat("--column: value is ", Quoted(text),
                                             "; allowed: OURS=THEIRS, as in "
                                             "validation_accuracy=val_top1"));
  }
  return std::pair(text.substr(0, sign), text.substr(sign + 1));
}

std::optional<LogGuess> GuessColumn(std::string_view name) {
  const auto own = std::find(kNames.begin(), kNames.end(), name);
  if (own != kNames.end()) return LogGuess{static_cast<LogField>(own - kNames.begin()), 0};
  constexpr size_t kLongest = 64;  // no name of the tables is longer
  if (name.size() > kLongest) return std::nullopt;
  const std::vector<std::string> words = WordsOf(name);
  const std::string joined = Join(words, " ");
  for (const WholeName& whole : kWholeNames) {
    if (whole.words == joined) return LogGuess{whole.field, whole.rank};
  }
  return GuessMeasure(words);
}

bool NamesASide(std::string_view name) {
  const std::vector<std::string> words = WordsOf(name);
  return std::any_of(words.begin(), words.end(), [](const std::string& word) {
    return FindWord(kTrain, word) != nullptr || FindWord(kValidation, word) != nullptr;
  });
}

absl::StatusOr<LogColumns> LogColumns::Choose(const std::vector<std::string>& names,
                                              const std::map<std::string, std::string>& said) {
  LogColumns columns;
  std::set<std::string_view> taken;
  for (const auto& [ours, theirs] : said) {
    ASSIGN_OR_RETURN(const LogField field, FieldNamed(ours));
    if (std::find(names.begin(), names.end(), theirs) == names.end()) {
      return absl::InvalidArgumentError(Concat("--column ", ours, "=", Printable(theirs),
                                               ": no column has that name",
                                               Nearest(theirs, names)));
    }
    columns.names_[static_cast<size_t>(field)] = theirs;
    taken.insert(theirs);
  }
  std::array<std::vector<std::pair<int, std::string>>, kLogFields> guesses;  // rank, name
  for (const std::string& name : names) {
    const std::optional<LogGuess> guess = GuessColumn(name);
    if (!guess || taken.contains(name)) continue;
    guesses[static_cast<size_t>(guess->field)].emplace_back(guess->rank, name);
  }
  for (size_t i = 0; i < kLogFields; ++i) {
    if (!columns.names_[i].empty() || guesses[i].empty()) continue;
    const auto field = static_cast<LogField>(i);
    std::stable_sort(guesses[i].begin(), guesses[i].end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    const std::string& best = columns.names_[i] = guesses[i].front().second;
    const bool is_alone = guesses[i].size() == 1 || guesses[i][1].first > guesses[i][0].first;
    if (is_alone || !MustBeOne(field)) continue;
    return absl::InvalidArgumentError(Concat(NameOf(field), " may be ", Quoted(best), " or ",
                                             Quoted(guesses[i][1].second), "; say which: --column ",
                                             NameOf(field), "=NAME"));
  }
  for (const LogField field : kNeeded) {
    if (!columns.Of(field).empty()) continue;
    std::vector<std::string> others;  // what is something else is not what is missing
    std::copy_if(names.begin(), names.end(), std::back_inserter(others), [&](const auto& name) {
      return std::find(std::begin(columns.names_), std::end(columns.names_), name) ==
             std::end(columns.names_);
    });
    return absl::InvalidArgumentError(
        Concat("no column is called ", NameOf(field), Nearest(NameOf(field), others),
               "; say which it is: --column ", NameOf(field), "=NAME"));
  }
  for (size_t i = 0; i < kLogFields; ++i) {
    if (!columns.names_[i].empty()) {
      columns.fields_[columns.names_[i]] = static_cast<LogField>(i);
    }
  }
  return columns;
}

std::optional<LogField> LogColumns::FieldOf(std::string_view name) const {
  const auto found = fields_.find(name);
  return found == fields_.end() ? std::nullopt : std::optional(found->second);
}

bool LogColumns::counts_epochs() const {
  const std::optional<LogGuess> guess = GuessColumn(Of(LogField::kStep));
  return guess && guess->rank == kUnlikely;
}

}  // namespace powerdown
