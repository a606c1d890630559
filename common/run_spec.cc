#include "common/run_spec.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_replace.h"
#include "common/checkpoint_file.h"
#include "common/status.h"
#include "common/text.h"
#include "common/wording.h"

namespace powerdown {
namespace {

constexpr double kMostSteps = 1e8;
// Whole numbers up to here are the same in a JSON number, which other programs read as a double.
constexpr double kGreatestSeed = 9007199254740992.0;

std::vector<SpecField> MakeSpecFields() {
  return {
      {.name = "task", .member = &RunSpec::task, .help = "named task, or an expression in x and y"},
      {.name = "modulus",
       .member = &RunSpec::modulus,
       .minimum = 2,
       .maximum = 1000,
       .help = "p: operands and answers are 0 to p-1"},
      {.name = "train_fraction",
       .member = &RunSpec::train_fraction,
       .maximum = 1,
       .minimum_is_open = true,
       .maximum_is_open = true,
       .help = "share of the table that is trained on; the rest is held out"},
      {.name = "model",
       .member = &RunSpec::model,
       .choices = {"mlp", "transformer"},
       .help = "kind of network"},
      {.name = "width",
       .member = &RunSpec::width,
       .minimum = 1,
       .maximum = 4096,
       .help = "embedding (mlp) or residual stream (transformer)"},
      {.name = "hidden",
       .member = &RunSpec::hidden,
       .minimum = 1,
       .maximum = 4096,
       .help = "hidden units of the MLP, or of each block's MLP"},
      {.name = "layers",
       .member = &RunSpec::layers,
       .minimum = 1,
       .maximum = 4,
       .help = "hidden layers, or transformer blocks"},
      {.name = "heads",
       .member = &RunSpec::heads,
       .minimum = 1,
       .maximum = 16,
       .help = "attention heads; must divide width (transformer only)"},
      {.name = "activation",
       .member = &RunSpec::activation,
       .choices = {"relu", "gelu", "silu", "quadratic"},
       .help = "nonlinearity of hidden units"},
      {.name = "optimizer",
       .member = &RunSpec::optimizer,
       .choices = {"adamw"},
       .help = "update rule"},
      {.name = "loss",
       .member = &RunSpec::loss,
       .choices = {"cross-entropy", "mse"},
       .help = "what training minimises"},
      {.name = "learning_rate",
       .member = &RunSpec::learning_rate,
       .maximum = 1,
       .minimum_is_open = true,
       .help = "step size"},
      {.name = "weight_decay",
       .member = &RunSpec::weight_decay,
       .maximum = 100,
       .help = "decoupled weight decay; what makes networks grok"},
      {.name = "initial_scale",
       .member = &RunSpec::initial_scale,
       .maximum = 100,
       .minimum_is_open = true,
       .help = "multiplies the initial weights"},
      {.name = "batch_size",
       .member = &RunSpec::batch_size,
       .maximum = 1e6,
       .zero_text = "full",
       .help = "training pairs a step; full: all of them"},
      {.name = "label_noise",
       .member = &RunSpec::label_noise,
       .maximum = 1,
       .maximum_is_open = true,
       .help = "share of training answers that are replaced by wrong ones"},
      {.name = "seed",
       .member = &RunSpec::seed,
       .maximum = kGreatestSeed,
       .help = "initial weights and batch order"},
      {.name = "split_seed",
       .member = &RunSpec::split_seed,
       .maximum = kGreatestSeed,
       .help = "which pairs are held out"},
      {.name = "max_steps",
       .member = &RunSpec::max_steps,
       .minimum = 1,
       .maximum = kMostSteps,
       .help = "longest training, in optimiser updates"},
      {.name = "evaluate_every",
       .member = &RunSpec::evaluate_every,
       .maximum = kMostSteps,
       .zero_text = "auto",
       .help = "steps between evaluations; auto: under 5% of the arithmetic"},
      {.name = "device",
       .member = &RunSpec::device,
       .choices = {"auto", "cpu", "cuda", "mps"},
       .help = "where to train"},
      {.name = "threads",
       .member = &RunSpec::threads,
       .minimum = 1,
       .maximum = 64,
       .help = "processor threads; results depend on it"},
  };
}

template <typename T>
bool InRange(const SpecField& field, T value) {
  const double number = static_cast<double>(value);
  const bool above = field.minimum_is_open ? number > field.minimum : number >= field.minimum;
  const bool below = field.maximum_is_open ? number < field.maximum : number <= field.maximum;
  return above && below;
}

std::string NumberText(double value) {
  return nlohmann::json(value).dump();
}
std::string BoundText(double value) {
  return value == std::floor(value) ? Concat(static_cast<int64_t>(value)) : NumberText(value);
}

std::string AllowedText(const SpecField& field) {
  const std::string low = BoundText(field.minimum);
  const std::string high = BoundText(field.maximum);
  if (!field.zero_text.empty()) return Concat(field.zero_text, ", or 1 to ", high);
  if (field.minimum_is_open && field.maximum_is_open) {
    return Concat("above ", low, " and below ", high);
  }
  if (field.minimum_is_open) return Concat("above ", low, " and up to ", high);
  if (field.maximum_is_open) return Concat(low, " to below ", high);
  return Concat(low, " to ", high);
}

absl::Status OutOfRange(const SpecField& field, std::string_view value) {
  return absl::InvalidArgumentError(
      Concat(field.name, ": ", value, " is out of range; allowed: ", AllowedText(field)));
}

absl::Status CheckChoice(const SpecField& field, std::string_view text) {
  if (text.empty()) {
    return absl::InvalidArgumentError(Concat(
        field.name, ": is empty; allowed: ",
        field.choices.empty() ? "a task's name or an expression" : Join(field.choices, ", ")));
  }
  if (field.choices.empty() || std::count(field.choices.begin(), field.choices.end(), text) > 0) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      Concat(field.name, ": ", Quoted(text), NotKnown(text, field.choices)));
}

// Sets the member from text by its type, checking type and range.
struct TextSetter {
  RunSpec& spec;
  const SpecField& field;
  std::string_view text;

  absl::Status operator()(std::string RunSpec::*member) const {
    RETURN_IF_ERROR(CheckChoice(field, text));
    spec.*member = std::string(text);
    return absl::OkStatus();
  }
  absl::Status operator()(int64_t RunSpec::*member) const {
    int64_t value = 0;
    if (text != field.zero_text && !absl::SimpleAtoi(AbslView(text), &value)) {
      double real = 0;  // a number, but too great or not whole: say which
      const bool is_whole = absl::SimpleAtod(AbslView(text), &real) && std::isfinite(real) &&
                            real == std::floor(real);
      if (is_whole && !InRange(field, real)) return OutOfRange(field, text);
      return absl::InvalidArgumentError(Concat(
          field.name, ": ", Quoted(text), " is not a whole number; allowed: ", AllowedText(field)));
    }
    if (!InRange(field, value)) return OutOfRange(field, Concat(value));
    spec.*member = value;
    return absl::OkStatus();
  }
  absl::Status operator()(double RunSpec::*member) const {
    double value = 0;
    if (text != field.zero_text && !absl::SimpleAtod(AbslView(text), &value)) {
      return absl::InvalidArgumentError(Concat(field.name, ": ", Quoted(text),
                                               " is not a number; allowed: ", AllowedText(field)));
    }
    if (!InRange(field, value)) return OutOfRange(field, text);
    spec.*member = value;
    return absl::OkStatus();
  }
};

}  // namespace

const std::vector<SpecField>& SpecFields() {
  static const auto& fields = *new std::vector<SpecField>(MakeSpecFields());
  return fields;
}

const SpecField* FindSpecField(std::string_view name) {
  const std::string snake_case = absl::StrReplaceAll(AbslView(name), {{"-", "_"}});
  for (const SpecField& field : SpecFields()) {
    if (field.name == snake_case) return &field;
  }
  return nullptr;
}

absl::Status SetSpecField(RunSpec& spec, std::string_view name, std::string_view text) {
  const SpecField* field = FindSpecField(name);
  if (field == nullptr) {
    std::vector<std::string_view> names;
    for (const SpecField& known : SpecFields()) names.push_back(known.name);
    return absl::InvalidArgumentError(Concat(Quoted(name), NotKnown(name, names)));
  }
  return std::visit(TextSetter{spec, *field, text}, field->member);
}

std::string SpecFieldText(const RunSpec& spec, const SpecField& field) {
  if (const auto* text = std::get_if<std::string RunSpec::*>(&field.member)) return spec.*(*text);
  if (const auto* real = std::get_if<double RunSpec::*>(&field.member)) {
    return NumberText(spec.*(*real));
  }
  const int64_t whole = spec.*std::get<int64_t RunSpec::*>(field.member);
  if (whole == 0 && !field.zero_text.empty()) return std::string(field.zero_text);
  return Concat(whole);
}

std::string SpecHash(const RunSpec& spec) {
  return Sha256Hex(SpecToJson(spec));
}

std::string SpecFamily(const RunSpec& spec) {
  static constexpr std::string_view kLeftOut[] = {"seed",           "split_seed", "max_steps",
                                                  "evaluate_every", "device",     "threads"};
  std::vector<std::string> parts;
  for (const SpecField& field : SpecFields()) {
    if (std::count(std::begin(kLeftOut), std::end(kLeftOut), field.name) > 0) continue;
    if (field.name == "heads" && spec.model != "transformer") continue;
    parts.push_back(SpecFieldText(spec, field));
  }
  return Join(parts, "/");
}

}  // namespace powerdown
