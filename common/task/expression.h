// Arithmetic expressions in x and y modulo p: "2*x + 3*y", "(x + y)^2", "x / y". Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace powerdown {

bool IsPrime(int64_t n);
int64_t PowerModulo(int64_t value, int64_t exponent, int64_t modulus);
// The inverse of value modulo a prime; value must not be 0 modulo it.
int64_t InverseModulo(int64_t value, int64_t prime);

// A parsed expression: operations in postfix order. Immutable, so thread-compatible.
class Expression {
 public:
  // InvalidArgument says what was expected at which position (from 1). Operators in falling
  // precedence: ^ with a whole exponent, unary minus, * and /, + and -.
  static absl::StatusOr<Expression> Parse(std::string_view text);

  // The value for 0 ≤ x, y < modulus; nullopt where a divisor is 0. Dividing needs a prime modulus.
  std::optional<int64_t> Evaluate(int64_t x, int64_t y, int64_t modulus) const;
  bool has_division() const { return has_division_; }
  bool has_variable() const { return has_variable_; }

 private:
  friend class ExpressionParser;
  enum class Operation { kNumber, kX, kY, kAdd, kSubtract, kMultiply, kDivide, kNegate, kPower };
  struct Term {
    Operation operation;
    int64_t number = 0;  // of kNumber, and the exponent of kPower
  };

  static int64_t Apply(Operation operation, int64_t left, int64_t right, int64_t modulus);

  std::vector<Term> terms_;
  bool has_division_ = false;
  bool has_variable_ = false;
};

}  // namespace powerdown
