#include "common/task/expression.h"

#include <string>

#include "absl/strings/ascii.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {
namespace {

constexpr size_t kLongestExpression = 200;  // bounds the depth of recursion too
constexpr int64_t kGreatestNumber = 1'000'000'000;

}  // namespace

bool IsPrime(int64_t n) {
  if (n < 2) return false;
  for (int64_t divisor = 2; divisor * divisor <= n; ++divisor) {
    if (n % divisor == 0) return false;
  }
  return true;
}

int64_t PowerModulo(int64_t value, int64_t exponent, int64_t modulus) {
  int64_t power = 1 % modulus;
  for (value %= modulus; exponent > 0; exponent /= 2) {
    if (exponent % 2 == 1) power = power * value % modulus;
    value = value * value % modulus;
  }
  return power;
}

int64_t InverseModulo(int64_t value, int64_t prime) {
  return PowerModulo(value, prime - 2, prime);  // Fermat
}

// Recursive descent; each method leaves its operations behind those of its operands.
class ExpressionParser {
 public:
  explicit ExpressionParser(std::string_view text) : text_(text) {}

  absl::StatusOr<Expression> Parse() {
    if (text_.size() > kLongestExpression) {
      return absl::InvalidArgumentError(
          Concat("is longer than ", kLongestExpression, " characters"));
    }
    RETURN_IF_ERROR(Sum());
    if (position_ < text_.size()) return Expected("an operator");
    return std::move(expression_);
  }

 private:
  using Operation = Expression::Operation;

  absl::Status Sum() {
    RETURN_IF_ERROR(Product());
    for (;;) {
      if (Accept('+')) {
        RETURN_IF_ERROR(Product());
        Append(Operation::kAdd);
      } else if (Accept('-')) {
        RETURN_IF_ERROR(Product());
        Append(Operation::kSubtract);
      } else {
        return absl::OkStatus();
      }
    }
  }

  absl::Status Product() {
    RETURN_IF_ERROR(Signed());
    for (;;) {
      if (Accept('*')) {
        RETURN_IF_ERROR(Signed());
        Append(Operation::kMultiply);
      } else if (Accept('/')) {
        RETURN_IF_ERROR(Signed());
        Append(Operation::kDivide);
        expression_.has_division_ = true;
      } else {
        return absl::OkStatus();
      }
    }
  }

  absl::Status Signed() {
    if (!Accept('-')) return Power();
    RETURN_IF_ERROR(Signed());
    Append(Operation::kNegate);
    return absl::OkStatus();
  }

  absl::Status Power() {
    RETURN_IF_ERROR(Primary());
    if (!Accept('^')) return absl::OkStatus();
    ASSIGN_OR_RETURN(const int64_t exponent, Number("a whole exponent"));
    Append(Operation::kPower, exponent);
    if (Accept('^')) {
      --position_;
      return Expected("an operator other than ^ (write (x^2)^3 with parentheses)");
    }
    return absl::OkStatus();
  }

  absl::Status Primary() {
    if (Accept('(')) {
      RETURN_IF_ERROR(Sum());
      return Accept(')') ? absl::OkStatus() : Expected("an operator or )");
    }
    if (Accept('x') || Accept('y')) {
      Append(text_[last_] == 'x' ? Operation::kX : Operation::kY);
      expression_.has_variable_ = true;
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(const int64_t number, Number("a number, x, y or ("));
    Append(Operation::kNumber, number);
    return absl::OkStatus();
  }

  absl::StatusOr<int64_t> Number(std::string_view what) {
    SkipSpace();
    const size_t start = position_;
    int64_t number = 0;
    while (position_ < text_.size() && absl::ascii_isdigit(text_[position_])) {
      number = number * 10 + (text_[position_++] - '0');
      if (number > kGreatestNumber) {
        position_ = start;
        return Expected(Concat("a number up to ", kGreatestNumber));
      }
    }
    if (position_ == start) return Expected(what);
    SkipSpace();
    return number;
  }

  bool Accept(char symbol) {
    SkipSpace();
    if (position_ >= text_.size() || text_[position_] != symbol) return false;
    last_ = position_++;
    SkipSpace();
    return true;
  }

  void SkipSpace() {
    while (position_ < text_.size() && text_[position_] == ' ') ++position_;
  }

  void Append(Operation operation, int64_t number = 0) {
    expression_.terms_.push_back({operation, number});
  }

  absl::Status Expected(std::string_view what) const {
    const std::string found =
        position_ < text_.size() ? Quoted(text_.substr(position_, 1)) : "the end";
    return absl::InvalidArgumentError(
        Concat("has ", found, " at position ", position_ + 1, " where ", what, " is expected"));
  }

  const std::string_view text_;
  size_t position_ = 0;
  size_t last_ = 0;  // position of the symbol accepted last
  Expression expression_;
};

absl::StatusOr<Expression> Expression::Parse(std::string_view text) {
  return ExpressionParser(text).Parse();
}

std::optional<int64_t> Expression::Evaluate(int64_t x, int64_t y, int64_t modulus) const {
  int64_t stack[kLongestExpression];
  size_t size = 0;
  for (const Term& term : terms_) {
    switch (term.operation) {
      case Operation::kNumber:
        stack[size++] = term.number % modulus;
        break;
      case Operation::kX:
        stack[size++] = x;
        break;
      case Operation::kY:
        stack[size++] = y;
        break;
      case Operation::kNegate:
        stack[size - 1] = (modulus - stack[size - 1]) % modulus;
        break;
      case Operation::kPower:
        stack[size - 1] = PowerModulo(stack[size - 1], term.number, modulus);
        break;
      default:
        --size;
        if (term.operation == Operation::kDivide && stack[size] == 0) return std::nullopt;
        stack[size - 1] = Apply(term.operation, stack[size - 1], stack[size], modulus);
    }
  }
  return stack[0];
}

int64_t Expression::Apply(Operation operation, int64_t left, int64_t right, int64_t modulus) {
  switch (operation) {
    case Operation::kAdd:
      return (left + right) % modulus;
    case Operation::kSubtract:
      return (left + modulus - right) % modulus;
    case Operation::kMultiply:
      return left * right % modulus;
    default:
      return left * InverseModulo(right, modulus) % modulus;
  }
}

}  // namespace powerdown
