#include "server/access/access.h"

#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include "common/base/sha256.h"
#include "common/run/checkpoint_file.h"
#include "server/access/secret.h"
#include "tests/support/processes.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class AccessTest : public ::testing::Test {
 protected:
  AccessTest() { Restart(); }
  void Restart() {
    access_ = std::make_unique<Access>(store_.get(), &ids_, "root", absl::Milliseconds(1));
    EXPECT_TRUE(access_->Load(now_.wall).ok());
  }
  void Advance(absl::Duration time) {
    now_.monotonic += time;
    now_.wall += time;
  }
  NewToken TokenFor(const std::string& user, std::optional<absl::Duration> lifetime = {}) {
    EXPECT_TRUE(access_->PutUser(user, Role::kSubmitter, now_.wall).ok());
    const auto made = access_->CreateToken(admin_, user, "laptop", lifetime, now_.wall);
    EXPECT_TRUE(made.ok()) << made.status();
    return made.value_or(NewToken());
  }
  absl::Status TryToken(const std::string& token) {
    return access_->IdentifyToken(token, now_.wall).status();
  }

  std::unique_ptr<Store> store_ = *Store::Open({.path = ":memory:"});
  IdGenerator ids_{1};
  Instant now_{absl::Hours(1), absl::Hours(1), absl::FromUnixSeconds(1'700'000'000)};
  const Caller admin_{"root", Role::kAdmin, ""};
  std::unique_ptr<Access> access_;
};

TEST_F(AccessTest, ATokenLetsItsUserInAlsoAfterARestart) {
  const NewToken made = TokenFor("ada");
  Restart();
  const auto caller = access_->IdentifyToken(made.token, now_.wall);
  ASSERT_TRUE(caller.ok()) << caller.status();
  EXPECT_EQ(caller->user, "ada");
  EXPECT_EQ(caller->role, Role::kSubmitter);
  EXPECT_EQ(caller->token_id, made.row.token_id);
}

TEST_F(AccessTest, WrongExpiredRevokedAndUnknownTokensAreRefusedInTheSameWords) {
  const NewToken good = TokenFor("ada", absl::Hours(1));
  std::string wrong = good.token;
  wrong.back() = wrong.back() == '0' ? '1' : '0';
  const NewToken revoked = TokenFor("ada");
  ASSERT_TRUE(access_->RevokeToken(admin_, revoked.row.token_id, now_.wall).ok());
  const NewToken removed = TokenFor("grace");
  ASSERT_TRUE(access_->DeleteUser("grace").ok());
  EXPECT_TRUE(TryToken(good.token).ok());
  Advance(absl::Hours(1));
  std::set<std::string> words;
  for (const std::string& token : {good.token, wrong, revoked.token, removed.token,
                                   std::string("pd_01zz_00"), std::string("x"), std::string()}) {
    const absl::Status status = TryToken(token);
    EXPECT_TRUE(absl::IsUnauthenticated(status)) << status;
    words.insert(status.ToString());
  }
  EXPECT_THAT(words, SizeIs(1));
}

TEST_F(AccessTest, TheStoreKeepsNoSecret) {
  const NewToken made = TokenFor("ada");
  const auto pairing = access_->StartPairing("ada", Role::kSubmitter, now_.wall);
  ASSERT_TRUE(pairing.ok());
  const std::string secret = made.token.substr(made.token.rfind('_') + 1);
  EXPECT_EQ(secret.size(), 64u);
  const std::vector<TokenRow> rows = *store_->users().ListTokens();
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].secret_sha256, Sha256Hex(secret));
}

TEST_F(AccessTest, AnIdentityEndsWithItsTokenItsUserOrItsRole) {
  const NewToken made = TokenFor("ada", absl::Hours(2));
  const auto caller = access_->IdentifyToken(made.token, now_.wall);
  EXPECT_TRUE(access_->Confirm(*caller, now_.wall).ok());
  ASSERT_TRUE(access_->PutUser("ada", Role::kViewer, now_.wall).ok());
  EXPECT_FALSE(access_->Confirm(*caller, now_.wall).ok());
  ASSERT_TRUE(access_->PutUser("ada", Role::kAdmin, now_.wall).ok());
  EXPECT_TRUE(access_->Confirm(*caller, now_.wall).ok());
  EXPECT_FALSE(access_->Confirm(*caller, now_.wall + absl::Hours(2)).ok());
  ASSERT_TRUE(access_->RevokeToken(*caller, made.row.token_id, now_.wall).ok());
  EXPECT_FALSE(access_->Confirm(*caller, now_.wall).ok());
}

TEST_F(AccessTest, OthersTokensAreAnAdminsBusiness) {
  const NewToken adas = TokenFor("ada");
  TokenFor("grace");
  const Caller grace{"grace", Role::kSubmitter, ""};
  EXPECT_THAT(access_->ListTokens(grace), SizeIs(1));
  EXPECT_THAT(access_->ListTokens(admin_), SizeIs(2));
  EXPECT_TRUE(absl::IsNotFound(access_->RevokeToken(grace, adas.row.token_id, now_.wall)));
  EXPECT_TRUE(absl::IsPermissionDenied(
      access_->CreateToken(grace, "ada", "", std::nullopt, now_.wall).status()));
  EXPECT_TRUE(access_->CreateToken(grace, "", "mine", std::nullopt, now_.wall).ok());
}

TEST_F(AccessTest, OnlyAnAdminSeesOtherUsers) {
  const Caller ada{"ada", TokenFor("ada").role, ""};
  TokenFor("bob");
  EXPECT_EQ(access_->GetUserFor(ada, "")->name, "ada");
  EXPECT_EQ(access_->GetUserFor(ada, "ada")->role, "submitter");
  EXPECT_TRUE(absl::IsPermissionDenied(access_->GetUserFor(ada, "bob").status()));
  EXPECT_TRUE(absl::IsPermissionDenied(access_->GetUserFor(ada, "nobody").status()));
  EXPECT_EQ(access_->GetUserFor(admin_, "bob")->name, "bob");
  EXPECT_EQ(access_->GetUser("nobody").status().message(), "user nobody is not known");
  EXPECT_THAT(access_->ListUsers(), SizeIs(3));
}

TEST_F(AccessTest, APairingIsGoodOnceAndForTenMinutes) {
  const auto pairing = access_->StartPairing("ada", Role::kSubmitter, now_.wall);
  ASSERT_TRUE(pairing.ok()) << pairing.status();
  const auto made = access_->Pair(pairing->code, "laptop", "10.0.0.7", now_);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->row.user, "ada");
  EXPECT_EQ(made->role, Role::kSubmitter);
  EXPECT_TRUE(TryToken(made->token).ok());
  const absl::Status replayed = access_->Pair(pairing->code, "laptop", "10.0.0.7", now_).status();
  EXPECT_TRUE(absl::IsUnauthenticated(replayed)) << replayed;

  const auto late = access_->StartPairing("ada", Role::kSubmitter, now_.wall);
  Advance(absl::Minutes(11));
  EXPECT_EQ(access_->Pair(late->code, "laptop", "10.0.0.7", now_).status(), replayed);
  EXPECT_EQ(access_->Pair("00", "laptop", "10.0.0.7", now_).status(), replayed);
}

TEST_F(AccessTest, CodesCannotBeTriedAtWill) {
  const auto pairing = access_->StartPairing("ada", Role::kSubmitter, now_.wall);
  const auto pair = [&](const std::string& code, const std::string& address) {
    return access_->Pair(code, "", address, now_).status();
  };
  int tried = 0;
  while (absl::IsUnauthenticated(pair("guess", "10.0.0.7"))) ++tried;
  EXPECT_EQ(tried, 10);
  EXPECT_TRUE(absl::IsResourceExhausted(pair(pairing->code, "10.0.0.7")));
  Advance(absl::Seconds(30));
  EXPECT_TRUE(pair(pairing->code, "10.0.0.7").ok());
}

// Issue 17: ten guesses of a stranger kept everybody from pairing.
TEST_F(AccessTest, GuessesSlowTheGuesserOnly) {
  const auto pairing = access_->StartPairing("ada", Role::kSubmitter, now_.wall);
  for (int i = 0; i < 100; ++i) access_->Pair("guess", "", "10.0.0.7", now_).IgnoreError();
  EXPECT_TRUE(access_->Pair(pairing->code, "", "10.0.0.8", now_).ok());
}

TEST_F(AccessTest, WhoRunsTheDaemonStaysAnAdmin) {
  EXPECT_FALSE(access_->PutUser("root", Role::kViewer, now_.wall).ok());
  EXPECT_FALSE(access_->DeleteUser("root").ok());
  EXPECT_EQ(access_->IdentifyAccount("whoever", true)->role, Role::kAdmin);
  EXPECT_TRUE(absl::IsUnauthenticated(access_->IdentifyAccount("ada", false).status()));
  EXPECT_THAT(access_->PutUser("../etc", Role::kViewer, now_.wall).status().ToString(),
              HasSubstr("allowed: 1 to 32"));
}

TEST_F(AccessTest, TheFirstStartMakesAnAdminsTokenForItsOwnerAlone) {
  TemporaryFolder folder;
  const std::string path = folder.path() + "/admin.token";
  ASSERT_TRUE(access_->EnsureAdminToken(path, now_.wall).ok());
  EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms(0600));
  std::string token;
  std::getline(std::ifstream(path), token);
  EXPECT_EQ(access_->IdentifyToken(token, now_.wall)->role, Role::kAdmin);
  ASSERT_TRUE(access_->EnsureAdminToken(path, now_.wall).ok());
  EXPECT_THAT(*store_->users().ListTokens(), SizeIs(1));
}

TEST_F(AccessTest, LastUseIsWrittenDownNowAndThen) {
  const NewToken made = TokenFor("ada");
  ASSERT_TRUE(TryToken(made.token).ok());
  access_->Tick(now_);
  EXPECT_EQ(store_->users().ListTokens()->front().last_used_at, now_.wall);
}

TEST_F(AccessTest, UsableTokensOfAUserAreBounded) {
  for (size_t i = 0; i < Access::kMostTokensOfUser; ++i) TokenFor("ada");
  const absl::Status refused =
      access_->CreateToken(admin_, "ada", "one more", std::nullopt, now_.wall).status();
  EXPECT_TRUE(absl::IsResourceExhausted(refused)) << refused;
  EXPECT_THAT(refused.ToString(), HasSubstr("revoke one"));
  EXPECT_TRUE(absl::IsResourceExhausted(
      access_->StartPairing("ada", Role::kSubmitter, now_.wall).status()));
  TokenFor("grace");
  const std::string first = access_->ListTokens({"ada", Role::kViewer, ""}).front().token_id;
  ASSERT_TRUE(access_->RevokeToken(admin_, first, now_.wall).ok());
  EXPECT_TRUE(access_->CreateToken(admin_, "ada", "one more", std::nullopt, now_.wall).ok());
}

TEST_F(AccessTest, TheOldestUnusableTokensAreForgotten) {
  for (size_t i = 0; i < 3 * Access::kMostTokensOfUser; ++i) {
    Advance(absl::Seconds(1));
    TokenFor("ada", absl::Milliseconds(1));
  }
  EXPECT_LE(access_->ListTokens(admin_).size(), Access::kMostTokensOfUser + 1);
  Restart();
  EXPECT_LE(access_->ListTokens(admin_).size(), Access::kMostTokensOfUser + 1);
}

TEST_F(AccessTest, UsersAreBounded) {
  for (size_t i = 1; i < Access::kMostUsers; ++i) {
    ASSERT_TRUE(access_->PutUser("user" + std::to_string(i), Role::kViewer, now_.wall).ok());
  }
  EXPECT_TRUE(
      absl::IsResourceExhausted(access_->PutUser("one-more", Role::kViewer, now_.wall).status()));
  EXPECT_TRUE(access_->PutUser("user1", Role::kAdmin, now_.wall).ok());
}

class AccessOnDiskTest : public AccessTest {
 protected:
  AccessOnDiskTest() {
    access_.reset();
    store_ = *Store::Open({.path = path_, .busy_timeout = absl::Minutes(1)});
    Restart();
  }

  const TemporaryFolder folder_;
  const std::string path_ = folder_.path() + "/powerdown.db";
};

// Issue 17: each token was a transaction of its own, under the mutex that every call takes.
TEST_F(AccessOnDiskTest, LastUsesAreWrittenInOneTransaction) {
  constexpr uintmax_t kPage = 4096;
  constexpr size_t kTokens = 60;
  std::vector<NewToken> tokens;
  for (size_t i = 0; i < kTokens; ++i) tokens.push_back(TokenFor("ada"));
  Advance(absl::Minutes(2));
  access_->Tick(now_);
  for (const NewToken& made : tokens) EXPECT_TRUE(TryToken(made.token).ok());
  const uintmax_t before = std::filesystem::file_size(path_ + "-wal");
  Advance(absl::Minutes(2));
  access_->Tick(now_);
  // A transaction writes each page that it changes once.
  EXPECT_LT(std::filesystem::file_size(path_ + "-wal") - before, kTokens * kPage / 2);
  Restart();
  for (const TokenRow& row : access_->ListTokens(admin_)) {
    EXPECT_EQ(row.last_used_at, now_.wall - absl::Minutes(2));
  }
}

// Issue 17: no caller was let in while somebody's change waited for the disk.
TEST_F(AccessOnDiskTest, CallersAreLetInWhileTheDiskDoesNotAnswer) {
  const NewToken made = TokenFor("ada");
  auto other = std::make_unique<SQLite::Database>(path_, SQLite::OPEN_READWRITE);
  other->exec("BEGIN IMMEDIATE");
  std::thread writer([&] { EXPECT_TRUE(access_->DeleteUser("ada").ok()); });
  // Of a user who is not there: it writes nothing, and is refused once the writer waits.
  absl::Status refused = absl::NotFoundError("");
  while (absl::IsNotFound(refused)) {
    refused = access_->CreateToken(admin_, "nobody", "", std::nullopt, now_.wall).status();
  }
  EXPECT_TRUE(absl::IsUnavailable(refused)) << refused;
  EXPECT_TRUE(TryToken(made.token).ok());
  EXPECT_EQ(access_->ListUsers().size(), 2u);
  other.reset();
  writer.join();
  EXPECT_FALSE(TryToken(made.token).ok());
}

TEST_F(AccessTest, ARepeatedRequestGetsTheSecretsOfTheFirstAlsoAfterARestart) {
  const TemporaryFolder folder;
  const std::string key = folder.path() + "/request.key";
  ASSERT_TRUE(access_->UseRequestKey(key).ok());
  const NewAnswer request{"root/1", "create", ""};
  const auto made =
      access_->CreateToken(admin_, "root", "script", std::nullopt, now_.wall, request);
  ASSERT_TRUE(made.ok()) << made.status();
  const auto started =
      access_->StartPairing("root", Role::kAdmin, now_.wall, {"root/2", "pair", ""});
  ASSERT_TRUE(started.ok()) << started.status();
  EXPECT_NE(made->token.substr(made->token.size() - 64, 32), started->code);
  Restart();
  ASSERT_TRUE(access_->UseRequestKey(key).ok());
  const auto token_id = *store_->answers().Find("root/1", "create");
  ASSERT_TRUE(token_id.has_value());
  EXPECT_EQ(access_->RepeatToken("root/1", *token_id)->token, made->token);
  const Access::Pairing repeated =
      access_->RepeatPairing("root/2", **store_->answers().Find("root/2", "pair"));
  EXPECT_EQ(repeated.code, started->code);
  EXPECT_EQ(repeated.user, "root");
  EXPECT_EQ(repeated.expires_at, started->expires_at);
  Restart();  // without the key's file, as after moving the database alone
  EXPECT_TRUE(absl::IsFailedPrecondition(access_->RepeatToken("root/1", *token_id).status()));
}

TEST(SecretTest, AKeyIsMadeOnceAndABrokenOneIsNotReplaced) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/receipt.key";
  const auto key = EnsureKey(path);
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(key->size(), 32u);
  EXPECT_EQ(*EnsureKey(path), *key);
  EXPECT_EQ(std::filesystem::status(path).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  std::ofstream(path) << "half";
  EXPECT_TRUE(absl::IsFailedPrecondition(EnsureKey(path).status()));
  EXPECT_EQ(FileText(path), "half");
}

}  // namespace
}  // namespace powerdown
