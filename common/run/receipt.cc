#include "common/run/receipt.h"

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "common/base/ed25519.h"
#include "common/base/json.h"
#include "common/base/json_reader.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"
#include "common/run/run_json.h"
#include "common/run/run_json_reading.h"

namespace powerdown {
namespace {

constexpr char kAlgorithm[] = "Ed25519";
constexpr int kIndent = 2;

// What is signed: the facts on one line without spaces, in the order in which they are written.
std::string SignedText(const Json& facts) {
  return JsonText(facts);
}

Json FactsOf(const Run& run, const Comparison* comparison, std::string_view version,
             absl::Time made_at) {
  Json of_run = RunJson(run);
  for (const char* own : {"notes", "tags", "is_private", "priority"}) of_run.erase(own);
  Json facts = {{"format", kReceiptFormat},
                {"made_at", TimeText(made_at)},
                {"version", version},
                {"spec_sha256", SpecHash(run.spec)},
                {"run", std::move(of_run)}};
  if (comparison == nullptr || !comparison->has_ended) return facts;
  Json of_comparison = ComparisonJson(*comparison);
  // The usual run is the receipt's own, and the fleet is no fact.
  for (const char* told : {"usual", "stopped", "spec", "fleet", "factors", "owner"}) {
    of_comparison.erase(told);
  }
  of_comparison["stopped_steps"] = comparison->stopped.steps;
  facts["comparison"] = std::move(of_comparison);
  return facts;
}

std::string FromHex(std::string_view text) {
  const bool is_hex =
      text.size() % 2 == 0 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  return is_hex ? absl::HexStringToBytes(absl::string_view(text.data(), text.size())) : "";
}

// Whitespace apart, a receipt is written in one way. So there is no name twice, of which a reader
// might take the first and we the last, and no number that others read as another one.
bool IsAsWritten(std::string_view text, const Json& json) {
  const absl::string_view trimmed =
      absl::StripAsciiWhitespace(absl::string_view(text.data(), text.size()));
  return trimmed == JsonText(json) || trimmed == JsonText(json, kIndent);
}

absl::StatusOr<Saving> SavingOf(const Json& comparison) {
  JsonReader reader(comparison);
  JsonReader saved(reader.Object("saved"));
  Saving saving;
  saving.gross = Joules(saved.Real("gross_joules"));
  saving.low = Joules(saved.Real("low_joules"));
  saving.high = Joules(saved.Real("high_joules"));
  saving.share = saved.Real("share");
  saving.co2 = GramsCo2(saved.Real("co2_grams"));
  RETURN_IF_ERROR(reader.status());
  RETURN_IF_ERROR(saved.status());
  return saving;
}

absl::StatusOr<Receipt> ReadFacts(const Json& facts) {
  JsonReader reader(facts);
  Receipt receipt;
  receipt.spec_sha256 = reader.Text("spec_sha256");
  receipt.version = reader.Text("version");
  const std::string made_at = reader.Text("made_at");
  const Json& run = reader.Object("run");
  RETURN_IF_ERROR(reader.status());
  std::string problem;
  if (!absl::ParseTime(absl::RFC3339_full, made_at, &receipt.made_at, &problem)) {
    return absl::InvalidArgumentError(Concat("made_at: ", Quoted(made_at), " is not a time"));
  }
  ASSIGN_OR_RETURN(receipt.run, RunFromJson(run));
  if (facts.contains("comparison") && facts["comparison"].contains("saved")) {
    ASSIGN_OR_RETURN(receipt.saved, SavingOf(facts["comparison"]));
  }
  return receipt;
}

}  // namespace

absl::StatusOr<std::string> MakeReceipt(const Run& run, const Comparison* comparison,
                                        std::string_view version, absl::Time made_at,
                                        std::string_view private_key) {
  if (!HasEnded(run.state)) {
    return absl::FailedPreconditionError(Concat("run ", ShownId(run), " is ", NameOf(run.state),
                                                "; a receipt is of a run that has ended"));
  }
  if (!run.origin.empty()) {
    return absl::FailedPreconditionError(
        Concat("run ", ShownId(run), " was ", run.origin,
               ": this daemon has not measured it and cannot vouch for it"));
  }
  const Json facts = FactsOf(run, comparison, version, made_at);
  ASSIGN_OR_RETURN(const std::string public_key, Ed25519PublicKey(private_key));
  ASSIGN_OR_RETURN(const std::string signature, Ed25519Sign(private_key, SignedText(facts)));
  const Json receipt = {{"facts", facts},
                        {"signature",
                         {{"algorithm", kAlgorithm},
                          {"public_key", absl::BytesToHexString(public_key)},
                          {"value", absl::BytesToHexString(signature)}}}};
  std::string text = JsonText(receipt, kIndent) + "\n";
  if (text.size() <= kMostReceiptBytes) return text;
  return absl::ResourceExhaustedError(Concat("run ", ShownId(run), ": its receipt has ",
                                             text.size(), " bytes; allowed: ", kMostReceiptBytes));
}

absl::StatusOr<Receipt> ReadReceipt(std::string_view text) {
  if (text.size() > kMostReceiptBytes) {
    return absl::InvalidArgumentError(
        Concat("not a receipt: more than ", kMostReceiptBytes, " bytes"));
  }
  ASSIGN_OR_RETURN(const Json json, ParseJsonObject(text));
  JsonReader reader(json);
  const Json& facts = reader.Object("facts");
  const Json& signature = reader.Object("signature");
  RETURN_IF_ERROR(reader.status());
  JsonReader of_facts(facts);
  JsonReader of_signature(signature);
  const std::string format = of_facts.Text("format");
  const std::string algorithm = of_signature.Text("algorithm");
  const std::string public_key = of_signature.Text("public_key");
  const std::string value = of_signature.Text("value");
  RETURN_IF_ERROR(of_facts.status());
  RETURN_IF_ERROR(of_signature.status());
  if (format != kReceiptFormat || algorithm != kAlgorithm) {
    return absl::InvalidArgumentError(Concat("a receipt of format ", Quoted(format), ", signed by ",
                                             Quoted(algorithm), "; known: ", kReceiptFormat, ", ",
                                             kAlgorithm));
  }
  if (!IsAsWritten(text, json)) {
    return absl::DataLossError("its text is not as a daemon writes it; ask for it again");
  }
  if (json.size() != 2 || signature.size() != 3 ||
      !IsSignedBy(FromHex(public_key), SignedText(facts), FromHex(value))) {
    return absl::DataLossError("the signature does not fit: it was changed after it was signed");
  }
  ASSIGN_OR_RETURN(Receipt receipt, ReadFacts(facts));
  if (receipt.spec_sha256 != SpecHash(receipt.run.spec)) {
    return absl::DataLossError("its spec and the hash of it differ");
  }
  receipt.public_key = public_key;
  return receipt;
}

}  // namespace powerdown
