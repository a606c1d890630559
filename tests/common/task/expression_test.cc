#include "common/task/expression.h"

#include <gtest/gtest.h>

#include <string>

namespace powerdown {
namespace {

std::optional<int64_t> Value(std::string_view text, int64_t x, int64_t y, int64_t modulus = 59) {
  const auto expression = Expression::Parse(text);
  EXPECT_TRUE(expression.ok()) << expression.status();
  return expression.ok() ? expression->Evaluate(x, y, modulus) : std::nullopt;
}

std::string ParseError(std::string_view text) {
  return std::string(Expression::Parse(text).status().message());
}

TEST(ExpressionTest, PrecedenceIsThatOfArithmetic) {
  EXPECT_EQ(Value("2*x + 3*y", 5, 7), 31);
  EXPECT_EQ(Value("(x + y)^2", 5, 7), 144 % 59);
  EXPECT_EQ(Value("x + y^2*2", 5, 7), (5 + 98) % 59);
  EXPECT_EQ(Value("x - y - 1", 5, 7), 56);
  EXPECT_EQ(Value("-x^2", 5, 0), 34);
  EXPECT_EQ(Value("x*-y", 5, 7), 24);
}

TEST(ExpressionTest, DividesByMultiplyingWithTheInverse) {
  EXPECT_EQ(Value("x / y", 6, 3), 2);
  for (int64_t y = 1; y < 59; ++y) ASSERT_EQ(*Value("x / y", 17, y) * y % 59, 17);
  EXPECT_EQ(Value("x / y", 6, 0), std::nullopt);
  EXPECT_EQ(Value("x / (x - y) + 1", 4, 4), std::nullopt);
  EXPECT_EQ(Value("x / 59", 4, 4), std::nullopt);
}

TEST(ExpressionTest, GreatNumbersDoNotOverflow) {
  EXPECT_EQ(Value("x^1000000000", 2, 0, 997), PowerModulo(2, 1000000000 % 996, 997));
  EXPECT_EQ(Value("1000000000*x", 999, 0, 1000), 0);
}

TEST(ExpressionTest, ErrorsSayWhereAndWhat) {
  EXPECT_EQ(ParseError("2x"), "has \"x\" at position 2 where an operator is expected");
  EXPECT_EQ(ParseError("x + "), "has the end at position 5 where a number, x, y or ( is expected");
  EXPECT_EQ(ParseError("(x + y"), "has the end at position 7 where an operator or ) is expected");
  EXPECT_EQ(ParseError("x^y"), "has \"y\" at position 3 where a whole exponent is expected");
  EXPECT_EQ(ParseError("2*z"), "has \"z\" at position 3 where a number, x, y or ( is expected");
}

TEST(ExpressionTest, SizeIsBounded) {
  EXPECT_EQ(ParseError(std::string(100000, '(')), "is longer than 200 characters");
  EXPECT_EQ(ParseError(std::string(200, '(')).substr(0, 7), "has the");
  EXPECT_EQ(ParseError("x + 99999999999999999999"),
            "has \"9\" at position 5 where a number up to 1000000000 is expected");
}

TEST(ExpressionTest, KnowsWhatItUses) {
  EXPECT_TRUE(Expression::Parse("x/2")->has_division());
  EXPECT_FALSE(Expression::Parse("x*2")->has_division());
  EXPECT_FALSE(Expression::Parse("3 + 4")->has_variable());
}

TEST(PrimeTest, TellsPrimesApart) {
  EXPECT_TRUE(IsPrime(2));
  EXPECT_TRUE(IsPrime(997));
  EXPECT_FALSE(IsPrime(1));
  EXPECT_FALSE(IsPrime(49));
}

}  // namespace
}  // namespace powerdown
