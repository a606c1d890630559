// verify: whether a receipt is as it was signed, and whether training its spec again comes to the
// same bits.
#include <memory>

#include "client/cli/commands/commands.h"
#include "client/cli/following.h"
#include "client/cli/output.h"
#include "client/cli/session.h"
#include "client/cli/terminal/live_display.h"
#include "client/cli/text/receipt_text.h"
#include "client/model/phrases.h"
#include "common/base/json.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/platform/files.h"
#include "common/run/receipt.h"

namespace powerdown {
namespace {

absl::StatusOr<Receipt> ReadReceiptFile(const std::string& file) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(file, kMostReceiptBytes));
  absl::StatusOr<Receipt> receipt = ReadReceipt(text);
  if (receipt.ok()) return receipt;
  return absl::Status(receipt.status().code(),
                      Concat(file, ": ", StdView(receipt.status().message())));
}

absl::Status CheckKey(const Receipt& receipt, const std::string& wanted) {
  if (wanted.empty() || receipt.public_key == wanted) return absl::OkStatus();
  return absl::DataLossError(Concat("signed by the key ", receipt.public_key, ", not by ", wanted));
}

// The run at its end. Nullopt: Ctrl-C came first.
absl::StatusOr<std::optional<Run>> TrainAgain(Session& session, const Receipt& receipt) {
  if (!HasSpec(receipt.run)) {
    return absl::FailedPreconditionError("the receipt's run has no spec that could be trained");
  }
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  Connection::Submission submission;
  submission.spec = receipt.run.spec;
  submission.auto_stop = receipt.run.auto_stop;
  submission.abandon = receipt.run.abandon;
  submission.name = Concat("verify ", receipt.run.run_id);
  ASSIGN_OR_RETURN(const Run run, connection->SubmitRun(submission));
  Console& console = session.console();
  std::unique_ptr<LiveDisplay> display;
  if (console.IsForPeople()) {
    console.Say(Concat("training ", SpecText(run.spec), " again, as run ", ShownId(run)));
    display =
        std::make_unique<LiveDisplay>(console, run, [&] { return connection->GetRun(run.run_id); });
  }
  ASSIGN_OR_RETURN(const FollowEnd end, Follow(*connection, {run.run_id}, 0,
                                               session.options().timeout, ShowOn(display.get())));
  if (end == FollowEnd::kDetached) {
    console.Say(Concat("detached; run ", ShownId(run), " goes on, and nothing was compared"));
    return std::optional<Run>();
  }
  ASSIGN_OR_RETURN(Run ended, connection->GetRun(run.run_id));
  if (display) display->Finish(ended);
  return std::optional<Run>(std::move(ended));
}

absl::StatusOr<std::vector<BitsCheck>> BitsOf(const Receipt& receipt, const Run& again) {
  std::vector<BitsCheck> bits = CompareBits(receipt.run, again);
  if (!bits.empty()) return bits;
  return absl::FailedPreconditionError(
      "the receipt names no checkpoint that a second training would come to");
}

// Other hardware and another LibTorch may round otherwise: that is no forgery.
std::string WhyOtherBits(const Receipt& receipt, const Run& again) {
  if (receipt.run.hardware == again.hardware) {
    return "the second training came to other bits on the same hardware";
  }
  return Concat("the second training came to other bits; it ran on ", again.hardware,
                ", the receipt's on ", receipt.run.hardware, ", which may round otherwise");
}

absl::StatusOr<ExitCode> Verify(Session& session, const CommandWords& words) {
  ASSIGN_OR_RETURN(const Receipt receipt, ReadReceiptFile(words.Operand()));
  RETURN_IF_ERROR(CheckKey(receipt, words.Text("--key")));
  std::optional<std::vector<BitsCheck>> bits;
  std::string problem;
  if (words.Has("--retrain")) {
    ASSIGN_OR_RETURN(const std::optional<Run> again, TrainAgain(session, receipt));
    if (!again) return ExitCode::kDone;
    ASSIGN_OR_RETURN(bits, BitsOf(receipt, *again));
    for (const BitsCheck& check : *bits) {
      if (!check.is_equal()) problem = WhyOtherBits(receipt, *again);
    }
  }
  RETURN_IF_ERROR(
      PrintObject(session.console(), VerdictJson(receipt, bits),
                  [&](const Style& style) { return VerdictText(receipt, bits, style); }));
  if (problem.empty()) return ExitCode::kDone;
  return absl::DataLossError(problem);
}

}  // namespace

CommandTree VerifyCommand() {
  return {
      .name = "verify",
      .help = "check a receipt: its signature, and with --retrain the bits of the training",
      .examples = {"powerdown verify run128.receipt.json",
                   "powerdown verify run128.receipt.json --retrain"},
      .operand = {.name = "FILE"},
      .flags = {Flag("--key", "KEY",
                     "who must have signed it: the receipt key that `server info` prints there"),
                Flag("--retrain", "",
                     "train the spec again on this server, and compare the checkpoints")},
      .read = RunOnWords(Verify)};
}

}  // namespace powerdown
