#include "common/run/run_spec.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_replace.h"
#include "common/base/json.h"
#include "common/base/sha256.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"
#include "common/run/checkpoint_file.h"

namespace powerdown {
namespace {

constexpr double kMostSteps = 1e8;
constexpr size_t kHashDigits = 12;  // of a content, in a family
// Whole numbers up to here are the same in a JSON number, which other programs read as a double.
constexpr double kGreatestSeed = 9007199254740992.0;

SpecField Text(std::string_view name, std::string RunSpec::*member,
               std::vector<std::string_view> choices, std::string_view help) {
  return {.name = name, .member = member, .choices = std::move(choices), .help = help};
}

SpecField Whole(std::string_view name, int64_t RunSpec::*member, double minimum, double maximum,
                std::string_view help, std::string_view zero_text = {}) {
  return {.name = name,
          .member = member,
          .minimum = minimum,
          .maximum = maximum,
          .zero_text = zero_text,
          .help = help};
}

// Which ends of its range a number may not reach.
enum class Open { kNone, kMinimum, kMaximum, kBoth };
SpecField Real(std::string_view name, double RunSpec::*member, double maximum, Open open,
               std::string_view help) {
  return {.name = name,
          .member = member,
          .maximum = maximum,
          .minimum_is_open = open == Open::kMinimum || open == Open::kBoth,
          .maximum_is_open = open == Open::kMaximum || open == Open::kBoth,
          .help = help};
}

SpecField Later(SpecField field) {
  field.is_later = true;
  return field;
}

// clang-format off: one field, one entry of two lines
std::vector<SpecField> MakeSpecFields() {
  return {
      Text("task", &RunSpec::task, {}, "named task, or an expression in x and y"),
      Whole("modulus", &RunSpec::modulus, 2, 1000, "p: operands and answers are 0 to p-1"),
      Real("train_fraction", &RunSpec::train_fraction, 1, Open::kBoth,
           "share of the table that is trained on; the rest is held out"),
      Text("model", &RunSpec::model, {"mlp", "transformer", "quadratic"}, "kind of network"),
      Whole("width", &RunSpec::width, 1, 4096, "embedding (mlp) or residual stream (transformer)"),
      Whole("hidden", &RunSpec::hidden, 1, 4096, "hidden units of the MLP, or of each block's MLP"),
      Whole("layers", &RunSpec::layers, 1, 4, "hidden layers, or transformer blocks"),
      Whole("heads", &RunSpec::heads, 1, 16,
            "attention heads; must divide width (transformer only)"),
      Text("activation", &RunSpec::activation, {"relu", "gelu", "silu", "quadratic"},
           "nonlinearity of hidden units"),
      Text("optimizer", &RunSpec::optimizer, {"adamw", "sgd", "muon"}, "update rule"),
      Text("loss", &RunSpec::loss, {"cross-entropy", "mse", "stablemax"},
           "what training minimises"),
      Real("learning_rate", &RunSpec::learning_rate, 1, Open::kMinimum, "step size"),
      Real("weight_decay", &RunSpec::weight_decay, 100, Open::kNone,
           "decoupled weight decay; what makes networks grok"),
      Real("initial_scale", &RunSpec::initial_scale, 100, Open::kMinimum,
           "multiplies the initial weights"),
      Whole("batch_size", &RunSpec::batch_size, 0, 1e6, "training pairs a step; full: all of them",
            "full"),
      Real("label_noise", &RunSpec::label_noise, 1, Open::kMaximum,
           "share of training answers that are replaced by wrong ones"),
      Whole("seed", &RunSpec::seed, 0, kGreatestSeed, "initial weights and batch order"),
      Whole("split_seed", &RunSpec::split_seed, 0, kGreatestSeed, "which pairs are held out"),
      Whole("max_steps", &RunSpec::max_steps, 1, kMostSteps,
            "longest training, in optimiser updates"),
      Whole("evaluate_every", &RunSpec::evaluate_every, 0, kMostSteps,
            "steps between evaluations; auto: under 5% of the arithmetic", "auto"),
      Text("device", &RunSpec::device, {"auto", "cpu", "cuda", "mps"}, "where to train"),
      Whole("threads", &RunSpec::threads, 1, 64, "processor threads; results depend on it"),
      Later({.name = "table",
             .member = &RunSpec::table,
             .help = "lines of x,y,answer",
             .is_content = true}),
      Later(Text("split", &RunSpec::split, {"random", "unordered"},
                 "unordered keeps (x, y) and (y, x) on one side")),
      Later(Real("momentum", &RunSpec::momentum, 1, Open::kMaximum, "of sgd and muon")),
      Later(Real("grokfast", &RunSpec::grokfast, 100, Open::kNone,
                 "amplifies the slow part of the gradient by this; 2 in its paper, 0 is off")),
      Later(Real("grokfast_memory", &RunSpec::grokfast_memory, 1, Open::kMaximum,
                 "share of the slow part that each step keeps")),
      Later(Text("orthogonal_gradient", &RunSpec::orthogonal_gradient, {"off", "on"},
                 "removes the gradient's part along the weights")),
      Later(Text("layer_norm", &RunSpec::layer_norm, {"off", "on"},
                 "before each part of a block and at the end (transformer only)")),
      Later(Text("position", &RunSpec::position, {"learned", "sinusoidal", "none"},
                 "how positions are told apart (transformer only)")),
      Later(Text("decay_group", &RunSpec::decay_group, {"all", "matrices", "hidden"},
                 "what decays: all, no biases and norms, or no embeddings either")),
  };
}
// clang-format on

template <typename T>
bool InRange(const SpecField& field, T value) {
  const double number = static_cast<double>(value);
  const bool above = field.minimum_is_open ? number > field.minimum : number >= field.minimum;
  const bool below = field.maximum_is_open ? number < field.maximum : number <= field.maximum;
  return above && below;
}

std::string NumberText(double value) {
  return JsonText(value);
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
  if (field.is_content) {
    if (text.size() <= kMostTableBytes) return absl::OkStatus();
    return absl::InvalidArgumentError(Concat(field.name, ": is too long, ", text.size(),
                                             " bytes; allowed: up to ", kMostTableBytes));
  }
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

bool IsZeroText(const SpecField& field, std::string_view text) {
  return !text.empty() && text == field.zero_text;
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
    if (!IsZeroText(field, text) && !absl::SimpleAtoi(AbslView(text), &value)) {
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
    if (!IsZeroText(field, text) && !absl::SimpleAtod(AbslView(text), &value)) {
      return absl::InvalidArgumentError(Concat(field.name, ": ", Quoted(text),
                                               " is not a number; allowed: ", AllowedText(field)));
    }
    if (!InRange(field, value)) return OutOfRange(field, text);
    spec.*member = value;
    return absl::OkStatus();
  }
};

// The texts of the fields but for those left out.
std::string FieldsWithout(std::initializer_list<std::string_view> left_out, const RunSpec& spec) {
  std::vector<std::string> parts;
  for (const SpecField& field : SpecFields()) {
    if (std::count(left_out.begin(), left_out.end(), field.name) > 0) continue;
    if (field.name == "heads" && spec.model != "transformer") continue;
    if (IsLeftOutOfHashes(spec, field)) continue;
    const std::string text = SpecFieldText(spec, field);
    parts.push_back(field.is_content ? Sha256Hex(text).substr(0, kHashDigits)
                    : field.is_later ? Concat(field.name, "=", text)
                                     : text);
  }
  return Join(parts, "/");
}

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

bool IsLeftOutOfHashes(const RunSpec& spec, const SpecField& field) {
  static const auto& defaults = *new RunSpec();
  return field.is_later &&
         std::visit([&](auto member) { return spec.*member == defaults.*member; }, field.member);
}

std::string SpecHash(const RunSpec& spec) {
  return Sha256Hex(CanonicalSpecJson(spec));
}

std::string SpecFamily(const RunSpec& spec) {
  return FieldsWithout({"seed", "split_seed", "max_steps", "evaluate_every", "device", "threads"},
                       spec);
}

std::string StepCostFamily(const RunSpec& spec) {
  return FieldsWithout(
      {"seed", "split_seed", "max_steps", "evaluate_every", "learning_rate", "weight_decay",
       "initial_scale", "label_noise", "momentum", "grokfast_memory", "decay_group"},
      spec);
}

}  // namespace powerdown
