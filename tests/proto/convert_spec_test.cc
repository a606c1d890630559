#include "tests/proto/full_values.h"

namespace powerdown {
namespace {

TEST(ConvertSpecTest, TheMessageHasTheFieldsOfTheTableAndNoOther) {
  EXPECT_EQ(v1::RunSpec::descriptor()->field_count(), static_cast<int>(SpecFields().size()));
  for (const SpecField& field : SpecFields()) {
    EXPECT_NE(v1::RunSpec::descriptor()->FindFieldByName(std::string(field.name)), nullptr)
        << field.name;
  }
}

TEST(ConvertSpecTest, EveryFieldArrives) {
  const v1::RunSpec wire = ToWire(FullSpec());
  ExpectEveryFieldIsSet(wire);
  EXPECT_EQ(FromWire(Sent(wire)), FullSpec());
  EXPECT_EQ(FromWire(Sent(wire)).seed, (int64_t{1} << 53) + 1);
}

TEST(ConvertSpecTest, UnsetFieldsTakeTheirDefaults) {
  v1::RunSpec wire;
  wire.set_modulus(31);
  RunSpec expected;
  expected.modulus = 31;
  EXPECT_EQ(FromWire(wire), expected);
}

TEST(ConvertSpecTest, FieldOfANewerClientIsRefusedWhenItIsToBeCarriedOut) {
  v1::RunSpec wire = ToWire(FullSpec());
  wire.GetReflection()->MutableUnknownFields(&wire)->AddVarint(4711, 1);
  EXPECT_EQ(FromWire(Sent(wire)), FullSpec());
  const absl::Status refused = SpecOfRequest(Sent(wire)).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(refused.message().find("4711"), std::string::npos);
}

}  // namespace
}  // namespace powerdown
