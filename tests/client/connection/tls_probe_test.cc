#include "client/connection/tls_probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/dated_certificate.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;

absl::Time Year(int year) {
  return absl::FromCivil(absl::CivilYear(year), absl::UTCTimeZone());
}

TEST(TlsProbeTest, AClockOutsideTheDatesIsToldInOneLine) {
  ShownCertificate shown;
  shown.not_before = Year(2035);
  shown.not_after = Year(2045);
  EXPECT_TRUE(CheckDates(shown, "box:7000", Year(2040)).ok());
  for (const int year : {1970, 2050}) {
    const absl::Status told = CheckDates(shown, "box:7000", Year(year));
    EXPECT_TRUE(absl::IsUnavailable(told));
    EXPECT_THAT(told.ToString(), HasSubstr("cannot reach the daemon at box:7000: its certificate "
                                           "is valid from 2035-01-01 to 2045-01-01"));
    EXPECT_THAT(told.ToString(), HasSubstr("this computer's clock says " + std::to_string(year)));
  }
}

TEST(TlsProbeTest, AKeyIsKnownByItsFingerprint) {
  EXPECT_EQ(KeyFingerprintOf(kDatedCertificate).size(), 64u);
  EXPECT_EQ(KeyFingerprintOf("no certificate"), "");
}

TEST(TlsProbeTest, NobodyThereIsUnavailable) {
  EXPECT_TRUE(absl::IsUnavailable(FetchCertificate("127.0.0.1:1", absl::Seconds(1)).status()));
}

}  // namespace
}  // namespace powerdown
