#include "common/task/task.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "absl/strings/match.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"
#include "common/task/expression.h"
#include "common/task/permutation.h"

namespace powerdown {
namespace {

constexpr std::string_view kTablePrefix = "table:";
// Keeps these draws apart from those of the split and of label noise, which have the same seed.
constexpr uint64_t kLabelStream = 0x6c6162656c73ull << 16;

struct TaskDefinition {
  std::string_view name;
  std::string_view definition;
  std::string_view expression;  // empty: `make` needs none
  std::string_view separator;
  absl::StatusOr<TaskTable> (*make)(const TaskDefinition&, const TaskSpec&);
  bool has_modulus = true;
};

absl::Status NeedsPrime(int64_t modulus, std::string_view task) {
  int64_t below = modulus;
  while (below > 2 && !IsPrime(below)) --below;
  int64_t above = modulus;
  while (!IsPrime(above)) ++above;
  return absl::InvalidArgumentError(Concat("modulus: ", modulus, " is not prime; allowed for ",
                                           Quoted(task), ": a prime, such as ", below, " or ",
                                           above));
}

TaskTable EmptyTable(const TaskSpec& spec, std::string_view notation, std::string_view separator) {
  TaskTable table;
  table.symbols = spec.modulus;
  table.classes = spec.modulus;
  table.notation = Concat(notation, " (mod ", spec.modulus, ")");
  table.separator = std::string(separator);
  return table;
}

void AddRow(TaskTable& table, int64_t x, int64_t y, int64_t answer) {
  table.questions.push_back(static_cast<int32_t>(x));
  table.questions.push_back(static_cast<int32_t>(y));
  table.answers.push_back(static_cast<int32_t>(answer));
}

absl::StatusOr<TaskTable> TabulateExpression(const Expression& expression, const TaskSpec& spec,
                                             std::string_view notation,
                                             std::string_view separator) {
  const int64_t p = spec.modulus;
  if (expression.has_division() && !IsPrime(p)) return NeedsPrime(p, spec.task);
  TaskTable table = EmptyTable(spec, notation, separator);
  for (int64_t x = 0; x < p; ++x) {
    for (int64_t y = 0; y < p; ++y) {
      if (const auto answer = expression.Evaluate(x, y, p)) AddRow(table, x, y, *answer);
    }
  }
  if (table.size() == 0) {
    return absl::InvalidArgumentError(
        Concat("task: ", Quoted(spec.task), " always divides by 0 modulo ", p));
  }
  return table;
}

absl::StatusOr<TaskTable> MakeArithmetic(const TaskDefinition& definition, const TaskSpec& spec) {
  ASSIGN_OR_RETURN(const Expression expression, Expression::Parse(definition.expression));
  return TabulateExpression(expression, spec, definition.expression, definition.separator);
}

absl::StatusOr<TaskTable> MakeMixedDivision(const TaskDefinition& definition,
                                            const TaskSpec& spec) {
  const int64_t p = spec.modulus;
  if (!IsPrime(p)) return NeedsPrime(p, spec.task);
  TaskTable table = EmptyTable(spec, "x / y if y is odd, else x - y", definition.separator);
  for (int64_t x = 0; x < p; ++x) {
    for (int64_t y = 1; y < p; ++y) {
      AddRow(table, x, y, y % 2 == 1 ? x * InverseModulo(y, p) % p : (x + p - y) % p);
    }
  }
  return table;
}

absl::StatusOr<TaskTable> MakeRandomLabels(const TaskDefinition& definition, const TaskSpec& spec) {
  TaskTable table = EmptyTable(spec, "a random answer", definition.separator);
  std::mt19937_64 random(static_cast<uint64_t>(spec.split_seed) ^ kLabelStream);
  for (int64_t x = 0; x < spec.modulus; ++x) {
    for (int64_t y = 0; y < spec.modulus; ++y) {
      AddRow(table, x, y, static_cast<int64_t>(random() % static_cast<uint64_t>(spec.modulus)));
    }
  }
  return table;
}

template <int kThings, bool kConjugate>
absl::StatusOr<TaskTable> MakeGroup(const TaskDefinition& definition, const TaskSpec&) {
  const SymmetricGroup group(kThings);
  TaskTable table;
  table.symbols = table.classes = group.order();
  table.notation = kConjugate ? "a o b o a^-1" : "a o b";
  table.notation += Concat(" (permutations of ", kThings, ", in lexicographic order)");
  table.separator = std::string(definition.separator);
  for (int32_t a = 0; a < group.order(); ++a) {
    const int32_t inverse = group.Inverse(a);
    for (int32_t b = 0; b < group.order(); ++b) {
      const int32_t product = group.Compose(a, b);
      AddRow(table, a, b, kConjugate ? group.Compose(product, inverse) : product);
    }
  }
  return table;
}

absl::StatusOr<TaskTable> MakeParity(const TaskDefinition& definition, const TaskSpec&) {
  TaskTable table;
  table.operands = 10;
  table.symbols = table.classes = 2;
  table.notation = "bit 1 xor bit 2 xor bit 3";
  table.separator = std::string(definition.separator);
  for (int32_t bits = 0; bits < 1 << table.operands; ++bits) {
    for (int64_t place = table.operands - 1; place >= 0; --place) {
      table.questions.push_back((bits >> place) & 1);
    }
    const int32_t* row = &table.questions[table.answers.size() * table.operands];
    table.answers.push_back(row[0] ^ row[1] ^ row[2]);
  }
  return table;
}

constexpr TaskDefinition kTasks[] = {
    {"addition", "x + y modulo p", "x + y", "+", MakeArithmetic},
    {"subtraction", "x - y modulo p", "x - y", "-", MakeArithmetic},
    {"multiplication", "x * y modulo p", "x * y", "*", MakeArithmetic},
    {"division", "x / y modulo a prime p, y not 0", "x / y", "/", MakeArithmetic},
    {"x2+y2", "x^2 + y^2 modulo p", "x^2 + y^2", ",", MakeArithmetic},
    {"x2+xy+y2", "x^2 + x*y + y^2 modulo p", "x^2 + x*y + y^2", ",", MakeArithmetic},
    {"x2+xy+y2+x", "x^2 + x*y + y^2 + x modulo p", "x^2 + x*y + y^2 + x", ",", MakeArithmetic},
    {"x3+xy", "x^3 + x*y modulo p", "x^3 + x*y", ",", MakeArithmetic},
    {"x3+xy2+y", "x^3 + x*y^2 + y modulo p", "x^3 + x*y^2 + y", ",", MakeArithmetic},
    {"mixed-division", "x / y if y is odd, else x - y, modulo a prime p, y not 0", "", ",",
     MakeMixedDivision},
    {"s3", "composition of permutations of 3 things: (a o b)[k] = a[b[k]]", "", "o",
     MakeGroup<3, false>, false},
    {"s4", "composition of permutations of 4 things", "", "o", MakeGroup<4, false>, false},
    {"s5", "composition of permutations of 5 things", "", "o", MakeGroup<5, false>, false},
    {"s5-conjugate", "a o b o a^-1 for permutations of 5 things", "", ",", MakeGroup<5, true>,
     false},
    {"parity", "exclusive or of the first 3 of 10 bits", "", ",", MakeParity, false},
    {kRandomLabels, "a random answer for each x and y: can be memorised, never grokked", "", ",",
     MakeRandomLabels},
};

std::vector<std::string_view> TaskNames() {
  std::vector<std::string_view> names;
  for (const TaskDefinition& task : kTasks) names.push_back(task.name);
  return names;
}

// "adition" was meant as a name, "2*z + y" as an expression.
bool LooksLikeName(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char symbol) { return absl::StrContains("*/^() ", symbol); }) &&
         std::any_of(text.begin(), text.end(),
                     [](char symbol) { return !absl::StrContains("xy+-0123456789", symbol); });
}

absl::StatusOr<TaskTable> MakeExpressionTask(const TaskSpec& spec) {
  const absl::StatusOr<Expression> expression = Expression::Parse(spec.task);
  if (!expression.ok() && LooksLikeName(spec.task)) {
    return absl::InvalidArgumentError(Concat("task: ", Quoted(spec.task),
                                             NotKnown(spec.task, TaskNames()),
                                             ", table:FILE.csv, or an expression in x and y"));
  }
  if (!expression.ok()) {
    return absl::InvalidArgumentError(
        Concat("task: ", Quoted(spec.task), " ", expression.status().message(),
               "; allowed: a named task, or an expression such as \"2*x + 3*y\""));
  }
  if (!expression->has_variable()) {
    return absl::InvalidArgumentError(
        Concat("task: ", Quoted(spec.task),
               " has neither x nor y; allowed: an expression such as \"2*x + 3*y\""));
  }
  return TabulateExpression(*expression, spec, spec.task, ",");
}

absl::StatusOr<TaskTable> MakeTableTask(const TaskSpec& spec) {
  if (spec.table.empty()) {
    return absl::InvalidArgumentError(Concat("task: ", Quoted(spec.task),
                                             " needs the lines of its file; allowed: a ",
                                             "spec with \"table\": x,y,answer in each line"));
  }
  absl::StatusOr<TaskTable> table = ParseTaskTable(spec.table);
  if (table.ok()) return table;
  return absl::InvalidArgumentError(
      Concat("task: ", TableFile(spec), ": ", table.status().message()));
}

}  // namespace

std::vector<NamedTask> NamedTasks() {
  std::vector<NamedTask> named;
  for (const TaskDefinition& task : kTasks) named.push_back({task.name, task.definition});
  return named;
}

bool HasRule(const TaskSpec& spec) {
  return spec.task != kRandomLabels;
}

bool IsTableTask(const TaskSpec& spec) {
  return spec.task.starts_with(kTablePrefix);
}

bool HasModulus(const TaskSpec& spec) {
  for (const TaskDefinition& task : kTasks) {
    if (task.name == spec.task) return task.has_modulus;
  }
  return !IsTableTask(spec);
}

std::string TableFile(const TaskSpec& spec) {
  return std::string(spec.task.substr(kTablePrefix.size()));
}

absl::StatusOr<TaskTable> MakeTask(const TaskSpec& spec) {
  if (spec.modulus < 2 || spec.modulus > 1000) {
    return absl::InvalidArgumentError(
        Concat("modulus: ", spec.modulus, " is out of range; allowed: 2 to 1000"));
  }
  if (IsTableTask(spec)) return MakeTableTask(spec);
  for (const TaskDefinition& task : kTasks) {
    if (task.name == spec.task) return task.make(task, spec);
  }
  return MakeExpressionTask(spec);
}

}  // namespace powerdown
