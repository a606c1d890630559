#include "common/base/fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace powerdown {
namespace {

struct Inner {
  int a = 0;
  std::string b;
};
struct Whole {
  std::string text;
  std::optional<double> real;
  std::vector<Inner> items;
  Inner inner;
};
struct Forgetful {
  std::string text;
  int forgotten = 0;
};
struct HalfInner {
  Inner inner;
};

}  // namespace

template <>
inline constexpr auto kFields<Whole> = std::tuple(
    Describe("text", &Whole::text), DescribeGroup("more", Describe("real", &Whole::real)),
    Describe("items", &Whole::items), Describe("a", &Whole::inner, &Inner::a),
    DescribeComputed("twice", [](const Whole&) { return std::optional(2); }),
    Describe("b", &Whole::inner, &Inner::b));
template <>
inline constexpr auto kFields<Forgetful> = std::tuple(Describe("text", &Forgetful::text));
template <>
inline constexpr auto kFields<HalfInner> = std::tuple(Describe("a", &HalfInner::inner, &Inner::a));

namespace {

static_assert(MemberCount<Inner>() == 2);
static_assert(MemberCount<Whole>() == 4);
static_assert(IsWhollyDescribed<Whole>());
static_assert(!IsWhollyDescribed<Forgetful>());
static_assert(!IsWhollyDescribed<HalfInner>());
static_assert(!IsDescribed<Inner>);

TEST(FieldsTest, MembersAreVisitedInOrderThoseOfGroupsToo) {
  std::vector<std::string> names;
  ForEachMember<Whole>([&](const auto& field) { names.emplace_back(field.name); });
  EXPECT_THAT(names, ::testing::ElementsAre("text", "real", "items", "a", "b"));
}

}  // namespace
}  // namespace powerdown
