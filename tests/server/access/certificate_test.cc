#include "server/access/certificate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/dated_certificate.h"
#include "tests/support/processes.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

TEST(CertificateTest, IsMadeOnceAndKeptForItsOwnerAlone) {
  TemporaryFolder folder;
  const auto made = EnsureCertificate(folder.path(), kNow);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->fingerprint.size(), 64u);
  EXPECT_THAT(made->private_key_pem, HasSubstr("PRIVATE KEY"));
  const auto again = EnsureCertificate(folder.path(), kNow + absl::Hours(1));
  EXPECT_EQ(again->fingerprint, made->fingerprint);
  EXPECT_EQ(again->private_key_pem, made->private_key_pem);
  EXPECT_EQ(std::filesystem::status(folder.path() + "/key.pem").permissions(),
            std::filesystem::perms(0600));
}

TEST(CertificateTest, TwoDaemonsHaveDifferentOnes) {
  TemporaryFolder a;
  TemporaryFolder b;
  EXPECT_NE(EnsureCertificate(a.path(), kNow)->fingerprint,
            EnsureCertificate(b.path(), kNow)->fingerprint);
}

TEST(CertificateTest, HalfAPairOrAForeignKeyIsRefusedAndLeftAlone) {
  TemporaryFolder folder;
  TemporaryFolder other;
  ASSERT_TRUE(EnsureCertificate(folder.path(), kNow).ok());
  ASSERT_TRUE(EnsureCertificate(other.path(), kNow).ok());
  std::filesystem::copy(other.path() + "/key.pem", folder.path() + "/key.pem",
                        std::filesystem::copy_options::overwrite_existing);
  EXPECT_TRUE(absl::IsFailedPrecondition(EnsureCertificate(folder.path(), kNow).status()));
  std::filesystem::remove(folder.path() + "/key.pem");
  EXPECT_THAT(EnsureCertificate(folder.path(), kNow).status().ToString(),
              HasSubstr("delete both to get new ones"));
  EXPECT_FALSE(std::filesystem::exists(folder.path() + "/key.pem"));
}

TEST(CertificateTest, OneWhoseDatesAreWrongIsRenewedWithItsKey) {
  TemporaryFolder folder;
  std::ofstream(folder.path() + "/key.pem") << kDatedKey;
  std::ofstream(folder.path() + "/certificate.pem") << kDatedCertificate;
  const absl::Time in_time = absl::FromCivil(absl::CivilDay(2040, 1, 1), absl::UTCTimeZone());
  const auto kept = EnsureCertificate(folder.path(), in_time);
  ASSERT_TRUE(kept.ok()) << kept.status();
  EXPECT_EQ(kept->certificate_pem, kDatedCertificate);
  const auto renewed = EnsureCertificate(folder.path(), kNow);
  ASSERT_TRUE(renewed.ok()) << renewed.status();
  EXPECT_NE(renewed->fingerprint, kept->fingerprint);
  EXPECT_EQ(renewed->private_key_pem, kDatedKey);
}

TEST(CertificateTest, ANewOneIsValidWhateverTheClocksSay) {
  TemporaryFolder folder;
  const auto made = EnsureCertificate(folder.path(), kNow);
  for (const int year : {1971, 2026, 2038, 9000}) {
    const absl::Time time = absl::FromCivil(absl::CivilYear(year), absl::UTCTimeZone());
    EXPECT_EQ(EnsureCertificate(folder.path(), time)->fingerprint, made->fingerprint) << year;
  }
}

}  // namespace
}  // namespace powerdown
