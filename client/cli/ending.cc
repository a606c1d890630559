#include "client/cli/ending.h"

#include <future>
#include <initializer_list>
#include <vector>

#include "absl/strings/strip.h"
#include "client/cli/run_output.h"
#include "client/cli/text/end_card.h"
#include "common/base/status.h"
#include "common/base/text.h"

namespace powerdown {
namespace {

// Enough that a model that guesses is wrong on one, and one that has grokked is right on it.
constexpr int64_t kQuestions = 20;

// The first of these labels that a checkpoint of the run has; kNone if none has.
CheckpointLabel LabelOf(const Run& run, std::initializer_list<CheckpointLabel> labels) {
  for (const CheckpointLabel label : labels) {
    for (const Checkpoint& checkpoint : run.checkpoints) {
      if (checkpoint.label == label) return label;
    }
  }
  return CheckpointLabel::kNone;
}

absl::StatusOr<QuizResult> AskAt(Connection& connection, const Run& run, CheckpointLabel label) {
  return connection.Ask(
      {.run_id = run.run_id, .at = std::string(NameOf(label)), .count = kQuestions});
}

}  // namespace

std::string AskWhatItLearned(Connection& connection, const Run& run, const Style& style) {
  const CheckpointLabel first = LabelOf(run, {CheckpointLabel::kMemorised});
  const CheckpointLabel last =
      LabelOf(run, {CheckpointLabel::kStop, CheckpointLabel::kGrokked, CheckpointLabel::kLast});
  if (first == CheckpointLabel::kNone || last == CheckpointLabel::kNone) return "";
  // Both at once: each has a process to start.
  auto asked = std::async(std::launch::async, [&] { return AskAt(connection, run, first); });
  const auto after = AskAt(connection, run, last);
  const auto before = asked.get();
  const absl::Status status = before.ok() ? after.status() : before.status();
  if (!status.ok()) return Concat("the model could not be asked: ", StdView(status.message()));
  const std::optional<LearnedAnswer> learned = FindLearned(*before, *after);
  if (learned) return LearnedText(*learned, style);
  return Concat("none of ", after->questions.size(),
                " held-out questions was answered wrong before and right after");
}

CommandFlag DetailsFlag() {
  return Flag(kDetails, "", "print everything at the end, in place of a card of eight lines");
}

absl::Status WriteEndedRun(Console& console, Connection& connection, const Run& run,
                           bool has_details) {
  const bool is_told =
      HasEnded(run.state) && run.state != RunState::kFailed && run.state != RunState::kCancelled;
  if (!console.IsForPeople() || has_details || !is_told) {
    return WriteNewRuns(console, {run}, /*is_list=*/false);
  }
  const bool is_on_screen = console.has_terminal_for_data();
  const Style& style = is_on_screen ? console.style() : console.err_style();
  const std::string card = EndCard(run, AskWhatItLearned(connection, run, style), style);
  if (is_on_screen) return console.Write(card);
  console.Say(StdView(absl::StripSuffix(card, "\n")));
  return console.Write(run.run_id + "\n");
}

}  // namespace powerdown
