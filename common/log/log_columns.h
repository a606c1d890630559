// Which column of somebody's log holds what: the names of Lightning, Keras, wandb, Hugging Face,
// TensorBoard and of people, and what the user says. Pure.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace powerdown {

enum class LogField {
  kStep,
  kAttempt,
  kTime,
  kTrainLoss,
  kTrainAccuracy,
  kValidationLoss,
  kValidationAccuracy,
  kGradientNorm,
  kWeightNorm,
  kActivationSparsity,
  kPower,
  kEnergy,
};
inline constexpr size_t kLogFields = 12;
std::string_view NameOf(LogField field);  // as in a step report: "train_accuracy"
// Which one a user names with --column. InvalidArgument: none; those that there are.
absl::StatusOr<LogField> FieldNamed(const std::string& name);
// Two columns for one of these would be two different curves.
bool MustBeOne(LogField field);
// "OURS=THEIRS", what --column says. InvalidArgument: it is written in another way.
absl::StatusOr<std::pair<std::string, std::string>> ParseColumn(const std::string& text);

// What a name most likely means, and how likely: 0 is our own name, more is worse.
struct LogGuess {
  LogField field;
  int rank;
};
std::optional<LogGuess> GuessColumn(std::string_view name);
// Whether a name says whose measurement it is, the training's or the validation's: the folders of
// TensorBoard are called so.
bool NamesASide(std::string_view name);

// The column of each field, by name; an empty name: the log has none.
class LogColumns {
 public:
  // `names`: every name that the log has. `said`: the user's word for some of them, by our name.
  // InvalidArgument, without the file's name: a name of ours or of the log that does not exist, a
  // field that must be there and is not (with the nearest name), or two columns for one field.
  static absl::StatusOr<LogColumns> Choose(const std::vector<std::string>& names,
                                           const std::map<std::string, std::string>& said);

  const std::string& Of(LogField field) const { return names_[static_cast<size_t>(field)]; }
  std::optional<LogField> FieldOf(std::string_view name) const;
  bool counts_epochs() const;  // the steps are epochs

 private:
  std::string names_[kLogFields];
  std::map<std::string, LogField, std::less<>> fields_;  // by name
};

}  // namespace powerdown
