#include "client/model/run_label.h"

#include <algorithm>
#include <string_view>

#include "common/base/text.h"
#include "common/base/wording.h"
#include "common/run/run_name.h"

namespace powerdown {
namespace {

// Told in words of their own, or how long and where it trains: not what.
constexpr std::string_view kToldApart[] = {"task",      "modulus",        "model",  "seed",
                                           "max_steps", "evaluate_every", "device", "threads"};

}  // namespace

std::string RunLabel(const Run& run) {
  const RunSpec& spec = run.spec;
  if (!HasSpec(run) || (!run.name.empty() && run.name != NameFromSpec(spec))) {
    return Printable(run.name);
  }
  static const auto& defaults = *new RunSpec();
  std::string label = Concat("seed ", spec.seed);
  for (const SpecField& field : SpecFields()) {
    const bool is_told =
        std::find(std::begin(kToldApart), std::end(kToldApart), field.name) != std::end(kToldApart);
    if (is_told || field.is_content) continue;
    const std::string text = SpecFieldText(spec, field);
    if (text != SpecFieldText(defaults, field)) label += Concat(" · ", field.name, " ", text);
  }
  return Concat(label, " · ", Printable(spec.task),
                HasModulus(spec) ? Concat(" mod ", spec.modulus) : "", " · ", spec.model);
}

}  // namespace powerdown
