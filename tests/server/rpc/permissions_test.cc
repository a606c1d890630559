#include "server/rpc/permissions.h"

#include <map>
#include <set>

#include "grpcpp/generic/generic_stub.h"
#include "powerdown/v1/access_service.grpc.pb.h"
#include "server/rpc/run_listing.h"
#include "tests/server/rpc/rpc_fixture.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;

// The matrix once more, written down apart from the table: who at least, and on what. "command":
// only an account of the machine itself.
const std::map<std::string, std::string>& Matrix() {
  static const auto& matrix = *new std::map<std::string, std::string>{
      {"RunService/SubmitRun", "submitter"},
      {"RunService/SubmitCommand", "submitter command"},
      {"RunService/GetRunOutput", "viewer read"},
      {"RunService/GetRun", "viewer read"},
      {"RunService/ListRuns", "viewer"},
      {"RunService/ListRunSummaries", "viewer"},
      {"RunService/WatchRun", "viewer read"},
      {"RunService/PauseRun", "submitter write"},
      {"RunService/ResumeRun", "submitter write"},
      {"RunService/StopRun", "submitter write"},
      {"RunService/ContinueRun", "submitter write"},
      {"RunService/CancelRun", "submitter write"},
      {"RunService/DeleteRun", "submitter write"},
      {"RunService/UpdateRun", "submitter write"},
      {"RunService/ExportRun", "viewer read"},
      {"RunService/GetRunLogs", "viewer read"},
      {"RunService/GetReceipt", "viewer read"},
      {"RunService/ImportRuns", "submitter"},
      {"RunService/WatchRuns", "viewer"},
      {"RunService/GetSeries", "viewer read"},
      {"RunService/ListCheckpoints", "viewer read"},
      {"ComparisonService/CreateComparison", "submitter"},
      {"ComparisonService/GetComparison", "viewer read"},
      {"ComparisonService/ListComparisons", "viewer"},
      {"ForecastService/ForecastSpec", "viewer"},
      {"ForecastService/GetForecast", "viewer read"},
      {"PowerService/ListMeters", "viewer"},
      {"PowerService/GetLedger", "viewer"},
      {"PowerService/MeasureBaseline", "viewer"},
      {"PowerService/Calibrate", "admin"},
      {"PowerService/WatchPower", "viewer"},
      {"QuizService/Ask", "submitter read"},
      {"QuizService/GetAnswerGrid", "submitter read"},
      {"AdminService/GetServerInfo", "viewer"},
      {"AdminService/Diagnose", "admin"},
      {"AdminService/CreateBackup", "admin"},
      {"AdminService/RestoreBackup", "admin"},
      {"AccessService/StartPairing", "admin"},
      {"AccessService/Pair", "everyone"},
      {"AccessService/PutUser", "admin"},
      {"AccessService/ListUsers", "admin"},
      {"AccessService/GetUser", "viewer"},
      {"AccessService/SetUserBudget", "admin"},
      {"AccessService/DeleteUser", "admin"},
      {"AccessService/CreateToken", "viewer"},
      {"AccessService/ListTokens", "viewer"},
      {"AccessService/RevokeToken", "viewer"},
      {"AccessService/ListAudit", "admin"},
  };
  return matrix;
}

enum class Verdict { kAdmitted, kUnknown, kDenied, kHidden };

// Whether a call passed the gate, whatever came after it.
Verdict VerdictOf(const grpc::Status& status) {
  const std::string& words = status.error_message();
  const auto has = [&](const char* part) { return words.find(part) != std::string::npos; };
  if (status.error_code() == grpc::StatusCode::UNAUTHENTICATED && has("access denied")) {
    return Verdict::kUnknown;
  }
  if (status.error_code() == grpc::StatusCode::PERMISSION_DENIED) return Verdict::kDenied;
  if (status.error_code() == grpc::StatusCode::NOT_FOUND && has("has the id or name")) {
    return Verdict::kHidden;
  }
  EXPECT_NE(status.error_code(), grpc::StatusCode::UNIMPLEMENTED) << words;
  EXPECT_NE(status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED) << words;
  return Verdict::kAdmitted;
}

// A call of a method that has one response or, with `is_stream`, many. A stream that is admitted
// does not end, so it is cancelled at its first response.
class GenericCall : private grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  GenericCall(const std::shared_ptr<grpc::Channel>& channel, grpc::ClientContext* context,
              const std::string& method, const std::string& request, bool is_stream)
      : context_(*context), stub_(channel), is_stream_(is_stream) {
    const grpc::Slice slice(request);
    request_ = grpc::ByteBuffer(&slice, 1);
    stub_.PrepareBidiStreamingCall(context, method, {}, this);
    StartWriteLast(&request_, {});
    StartRead(&response_);
    StartCall();
  }
  ~GenericCall() override { AwaitEnd(); }

  void AwaitEnd() const { done_.WaitForNotification(); }
  bool HasEnded() const { return done_.HasBeenNotified(); }
  const grpc::Status& status() const { return status_; }

 private:
  void OnReadDone(bool ok) override {
    if (ok && is_stream_) context_.TryCancel();
  }
  void OnDone(const grpc::Status& status) override {
    status_ = status;
    done_.Notify();
  }

  grpc::ClientContext& context_;
  grpc::GenericStub stub_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
  const bool is_stream_;
  grpc::Status status_;
  absl::Notification done_;
};

class PermissionsTest : public RpcTest {
 protected:
  PermissionsTest() {
    for (const char* role : {"viewer", "submitter", "admin"}) {
      tokens_[role] = MakeToken(std::string("the-") + role, *ParseNamed<Role>(role));
    }
    tokens_["nobody"] = "pd_01zzzzzz_" + std::string(64, '0');
    MakeToken("somebody-else", Role::kSubmitter);
  }
  std::string MakeToken(const std::string& user, Role role) {
    const absl::Time now = clock_.Now().wall;
    EXPECT_TRUE(access_.PutUser(user, role, now).ok());
    return access_.CreateToken({"ada", Role::kAdmin, ""}, user, "", std::nullopt, now)->token;
  }
  // A run with a comparison of the same id, which has ended.
  std::string InsertRunOf(const std::string& owner, bool is_private) {
    powerdown::Run run;
    run.run_id = ids_.Next(clock_.Now().wall);
    run.owner = owner;
    run.is_private = is_private;
    run.state = RunState::kFinished;
    run.created_at = clock_.Now().wall;
    EXPECT_TRUE(store_->group().Commit({.run = run, .is_new = true}).ok());
    ComparisonRow row;
    row.comparison_id = run.run_id;
    row.owner = owner;
    row.usual_run_id = row.stopped_run_id = run.run_id;
    row.created_at = run.created_at;
    EXPECT_TRUE(store_->comparisons().Insert(row, "").ok());
    return run.run_id;
  }
  static const google::protobuf::MethodDescriptor& DescriptorOf(const std::string& method) {
    const size_t slash = method.find('/');
    return *google::protobuf::DescriptorPool::generated_pool()
                ->FindServiceByName("powerdown.v1." + method.substr(0, slash))
                ->FindMethodByName(method.substr(slash + 1));
  }
  // A request of that method about `id`, where it names one.
  static std::string RequestFor(const std::string& method, const std::string& id) {
    const auto* type = DescriptorOf(method).input_type();
    const std::unique_ptr<google::protobuf::Message> request(
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
    for (const char* name : {"run_id", "comparison_id"}) {
      const auto* field = type->FindFieldByName(name);
      if (field != nullptr) request->GetReflection()->SetString(request.get(), field, id);
    }
    return request->SerializeAsString();
  }
  grpc::Status Call(const std::string& method, const std::string& token, const std::string& id) {
    clock_.Advance(absl::Seconds(1));  // nobody calls too often
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer " + token);
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
    const bool is_stream = DescriptorOf(method).server_streaming();
    GenericCall call(channel_, &context, "/powerdown.v1." + method, RequestFor(method, id),
                     is_stream);
    if (!is_stream) {
      call.AwaitEnd();
      return call.status();
    }
    // Streams of power send a sample when there is one, the others what there is.
    EXPECT_TRUE(Becomes([&] {
      clock_.Advance(absl::Seconds(1));
      sampler_.Tick(clock_.Now());
      server_->Tick(clock_.Now());
      return call.HasEnded();
    })) << method;
    return call.status();
  }

  std::map<std::string, std::string> tokens_;
};

int RankOf(const std::string& role) {
  return role == "nobody" ? 0 : role == "viewer" ? 1 : role == "submitter" ? 2 : 3;
}

Verdict ExpectedFor(const std::string& rule, const std::string& role, const std::string& whose) {
  if (rule == "everyone") return Verdict::kAdmitted;
  if (role == "nobody") return Verdict::kUnknown;
  if (rule.ends_with("command")) return Verdict::kDenied;  // no token may, whoever has it
  if (RankOf(role) < RankOf(rule.substr(0, rule.find(' ')))) return Verdict::kDenied;
  const bool names_one = rule.find(' ') != std::string::npos;
  if (!names_one || role == "admin" || whose == "own") return Verdict::kAdmitted;
  if (whose == "private") return Verdict::kHidden;
  return rule.ends_with("read") ? Verdict::kAdmitted : Verdict::kDenied;
}

TEST_F(PermissionsTest, EveryRpcOfEveryServiceIsInTheTableAndInTheMatrix) {
  std::set<std::string> listed;
  for (const NamedRpc& named : kRpcs) {
    listed.insert(named.name);
    EXPECT_TRUE(PermissionOf(named.rpc).has_value()) << named.name;
    EXPECT_TRUE(Matrix().contains(named.name)) << named.name;
  }
  std::set<std::string> described;
  const auto* pool = google::protobuf::DescriptorPool::generated_pool();
  for (const char* name : {"RunService", "ComparisonService", "ForecastService", "PowerService",
                           "QuizService", "AdminService", "AccessService"}) {
    const auto* service = pool->FindServiceByName(std::string("powerdown.v1.") + name);
    ASSERT_NE(service, nullptr) << name;
    for (int i = 0; i < service->method_count(); ++i) {
      described.insert(std::string(name) + "/" + service->method(i)->name());
    }
  }
  EXPECT_EQ(listed, described);
}

TEST_F(PermissionsTest, WhatTheTableDoesNotHaveNobodyMayCall) {
  EXPECT_FALSE(PermissionOf(static_cast<Rpc>(9999)).has_value());
}

TEST_F(PermissionsTest, EachRoleMayCallWhatTheMatrixSaysOfRunsWhoeverOwnsThem) {
  for (const auto& [method, rule] : Matrix()) {
    for (const char* role : {"nobody", "viewer", "submitter", "admin"}) {
      for (const char* whose : {"own", "team", "private"}) {
        const bool is_own = std::string(whose) == "own";
        const std::string id = InsertRunOf(is_own ? std::string("the-") + role : "somebody-else",
                                           std::string(whose) == "private");
        const grpc::Status status = Call(method, tokens_.at(role), id);
        EXPECT_EQ(VerdictOf(status), ExpectedFor(rule, role, whose))
            << method << " by " << role << " on " << whose << ": " << status.error_message();
        if (rule.find(' ') == std::string::npos) break;  // names no run
      }
    }
  }
}

TEST_F(PermissionsTest, ListsHoldWhatTheirCallerMaySee) {
  const std::string own = InsertRunOf("the-viewer", true);
  const std::string team = InsertRunOf("somebody-else", false);
  const std::string hidden = InsertRunOf("somebody-else", true);
  const auto count = [&](const std::string& role) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer " + tokens_.at(role));
    v1::ListRunsResponse response;
    EXPECT_TRUE(runs_->ListRuns(&context, v1::ListRunsRequest(), &response).ok());
    return response.runs_size();
  };
  EXPECT_EQ(count("viewer"), 2);
  EXPECT_EQ(count("submitter"), 1);
  EXPECT_EQ(count("admin"), 3);
}

TEST_F(PermissionsTest, ARequestIdOfAnotherUserAnswersNothing) {
  const auto submit = [&](const std::string& role) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer " + tokens_.at(role));
    v1::SubmitRunRequest request;
    request.set_request_id("the-same");
    v1::Run run;
    EXPECT_TRUE(runs_->SubmitRun(&context, request, &run).ok());
    return run;
  };
  const v1::Run first = submit("submitter");
  EXPECT_EQ(submit("submitter").run_id(), first.run_id());
  const v1::Run other = submit("admin");
  EXPECT_NE(other.run_id(), first.run_id());
  EXPECT_EQ(other.owner(), "the-admin");
}

TEST_F(PermissionsTest, ChangesAndDenialsAreAuditedAndReadsAreNot) {
  const std::string id = InsertRunOf("somebody-else", false);
  Call("RunService/GetRun", tokens_.at("viewer"), id);
  Call("RunService/DeleteRun", tokens_.at("submitter"), id);
  Call("RunService/GetRun", tokens_.at("nobody"), id);
  Call("RunService/DeleteRun", tokens_.at("admin"), id);
  ASSERT_TRUE(store_->group().Commit().ok());
  const std::vector<AuditRow> rows = *store_->audit().List(0, 10);
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].user + " " + rows[0].outcome, "the-admin OK");
  EXPECT_EQ(rows[0].method + " " + rows[0].object, "RunService/DeleteRun " + id);
  EXPECT_EQ(rows[1].user + " " + rows[1].outcome, " UNAUTHENTICATED");
  EXPECT_EQ(rows[2].user + " " + rows[2].outcome, "the-submitter PERMISSION_DENIED");
}

TEST_F(PermissionsTest, AnOpenStreamEndsWhenItsTokenIsRevoked) {
  const std::string run_id = Submit();
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer " + tokens_.at("viewer"));
  v1::WatchRunRequest request;
  request.set_run_id(run_id);
  const auto reader = runs_->WatchRun(&context, request);
  v1::WatchRunResponse message;
  ASSERT_TRUE(reader->Read(&message));
  const Caller viewer{"the-viewer", Role::kViewer, ""};
  for (const TokenRow& token : access_.ListTokens(viewer)) {
    ASSERT_TRUE(access_.RevokeToken(viewer, token.token_id, clock_.Now().wall).ok());
  }
  feed_.Notify();
  while (reader->Read(&message)) {
  }
  const grpc::Status status = reader->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  ASSERT_TRUE(store_->group().Commit().ok());
  const AuditRow row = store_->audit().List(0, 1)->at(0);
  EXPECT_EQ(row.user + " " + row.method + " " + row.outcome,
            "the-viewer RunService/WatchRun UNAUTHENTICATED");
}

TEST_F(PermissionsTest, WrongExpiredAndRevokedTokensAreRefusedAlikeAndAudited) {
  const absl::Time now = clock_.Now().wall;
  const Caller ada{"ada", Role::kAdmin, ""};
  const NewToken expired = *access_.CreateToken(ada, "ada", "", absl::Hours(1), now);
  const NewToken revoked = *access_.CreateToken(ada, "ada", "", std::nullopt, now);
  ASSERT_TRUE(access_.RevokeToken(ada, revoked.row.token_id, now).ok());
  std::string wrong = tokens_.at("viewer");
  wrong.back() = wrong.back() == '0' ? '1' : '0';
  clock_.Advance(absl::Hours(2));
  std::set<std::string> words;
  for (const std::string& token : {expired.token, revoked.token, wrong}) {
    const grpc::Status status = Call("RunService/GetRun", token, "01a");
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
    words.insert(status.error_message());
  }
  EXPECT_EQ(words.size(), 1u);
  ASSERT_TRUE(store_->group().Commit().ok());
  const std::vector<AuditRow> rows = *store_->audit().List(0, 10);
  EXPECT_EQ(rows.size(), 3u);
  for (const AuditRow& row : rows) EXPECT_EQ(row.user + row.outcome, "UNAUTHENTICATED");
}

TEST_F(PermissionsTest, AReplayedPairingCodeIsRefusedLikeAWrongOneAndAudited) {
  const auto pairing = access_.StartPairing("ada", Role::kSubmitter, clock_.Now().wall);
  ASSERT_TRUE(pairing.ok()) << pairing.status();
  const auto pair = [this](const std::string& code) {
    grpc::ClientContext context;
    v1::PairRequest request;
    request.set_code(code);
    request.set_label("laptop");
    v1::NewToken made;
    return v1::AccessService::NewStub(channel_)->Pair(&context, request, &made);
  };
  EXPECT_TRUE(pair(pairing->code).ok());
  const grpc::Status replayed = pair(pairing->code);
  EXPECT_EQ(replayed.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(pair("wrong").error_message(), replayed.error_message());
  ASSERT_TRUE(store_->group().Commit().ok());
  const std::vector<AuditRow> rows = *store_->audit().List(0, 10);
  ASSERT_EQ(rows.size(), 3u);
  for (const AuditRow& row : rows) EXPECT_EQ(row.method, "AccessService/Pair");
  EXPECT_EQ(rows[0].outcome + rows[1].outcome + rows[2].outcome,
            "UNAUTHENTICATEDUNAUTHENTICATEDOK");
}

TEST_F(PermissionsTest, ATokenMayNotOpenStreamsWithoutEnd) {
  Gate gate(&access_, store_.get(), &clock_, nullptr);
  const Caller ada{"ada", Role::kViewer, "script"};
  int opened = 0;
  while (opened < 5000 && gate.OpenStream(ada).ok()) ++opened;
  EXPECT_EQ(opened, 1024);
  EXPECT_TRUE(gate.OpenStream({"ada", Role::kViewer, "laptop"}).ok());
  EXPECT_TRUE(gate.OpenStream({"grace", Role::kViewer, ""}).ok());
  gate.CloseStream(ada);
  EXPECT_TRUE(gate.OpenStream(ada).ok());
  // With many tokens a user cannot have more than the daemon can look after.
  for (int token = 0; token < 10; ++token) {
    const Caller caller{"ada", Role::kViewer, "token" + std::to_string(token)};
    while (gate.OpenStream(caller).ok()) ++opened;
  }
  EXPECT_EQ(opened, 2048 - 1) << "the laptop has one";
  int in_all = 2048 + 1;
  for (const char* user : {"grace", "alan", "emmy"}) {
    while (gate.OpenStream({user, Role::kViewer, user}).ok()) ++in_all;
  }
  while (gate.OpenStream({"root", Role::kAdmin, "desk"}).ok()) ++in_all;
  EXPECT_EQ(in_all, 4096);
}

TEST_F(PermissionsTest, WhoCallsTooOftenIsToldToWait) {
  int admitted = 0;
  grpc::Status status;
  while (status.ok() && admitted < 5000) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer " + tokens_.at("viewer"));
    v1::ListRunsResponse response;
    status = runs_->ListRuns(&context, v1::ListRunsRequest(), &response);
    ++admitted;
  }
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(status.error_message(), HasSubstr("too many calls"));
}

// Issue 17: each refusal was an entry of its own, a thousand a second.
TEST_F(PermissionsTest, CallsTooManyAreOneEntryAMinuteWithTheirNumber) {
  Gate gate(&access_, store_.get(), &clock_, nullptr);
  CallOrigin origin{.peer = "ipv4:10.0.0.7:1", .token = tokens_.at("viewer")};
  int refused = 0;
  for (int i = 0; i < 5000; ++i) {
    refused += gate.Admit(Rpc::kRunServiceListRuns, origin).ok() ? 0 : 1;
  }
  EXPECT_EQ(refused, 3000);
  const auto rows = [&] {
    gate.Tick(clock_.Now());
    EXPECT_TRUE(store_->group().Commit().ok());
    return *store_->audit().List(0, 10);
  };
  EXPECT_EQ(rows().size(), 0u);
  clock_.Advance(absl::Minutes(1));
  EXPECT_EQ(rows().size(), 1u);
  const AuditRow row = rows().at(0);
  EXPECT_EQ(row.user + " " + row.method, "the-viewer RunService/ListRuns");
  EXPECT_THAT(row.outcome, HasSubstr("RESOURCE_EXHAUSTED (3000 calls"));
}

TEST_F(PermissionsTest, ARequestIsBoundedByItsRpc) {
  const auto list = [&](size_t bytes) {
    grpc::ClientContext context;
    v1::ListRunsRequest request;
    request.set_page_token(std::string(bytes, 'a'));
    v1::ListRunsResponse response;
    return runs_->ListRuns(&context, request, &response);
  };
  EXPECT_NE(list(60 << 10).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(list(70 << 10).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(list(70 << 10).error_message(), HasSubstr("the limit is 65536"));
  EXPECT_EQ(PermissionOf(Rpc::kRunServiceSubmitRun)->most_bytes, 2u << 20);
  EXPECT_EQ(PermissionOf(Rpc::kRunServiceImportRuns)->most_bytes, 64u << 20);
}

// A prefix is one of ids that the caller may see; a page token of a private run is as unknown as
// one of a run that never was.
TEST_F(PermissionsTest, PrefixesAndPageTokensTellNothingOfPrivateRuns) {
  const std::string open = InsertRunOf("somebody-else", false);
  const std::string hidden = InsertRunOf("somebody-else", true);
  size_t common = 0;
  while (open[common] == hidden[common]) ++common;
  ASSERT_GT(common, 0u);
  const auto ask = [&](const std::string& role, const std::string& id) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer " + tokens_.at(role));
    v1::GetRunRequest request;
    request.set_run_id(id);
    v1::Run run;
    const grpc::Status status = runs_->GetRun(&context, request, &run);
    return status.ok() ? run.run_id() : status.error_message();
  };
  EXPECT_EQ(ask("viewer", open.substr(0, common)), open);
  EXPECT_THAT(ask("admin", open.substr(0, common)), HasSubstr("ambiguous"));
  EXPECT_EQ(ask("viewer", hidden),
            "no run has the id or name \"" + hidden + "\"; list them with: powerdown run list");
  const auto page = [&](const std::string& token) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer " + tokens_.at("viewer"));
    v1::ListRunsRequest request;
    request.set_page_token(token);
    v1::ListRunsResponse response;
    return runs_->ListRuns(&context, request, &response).error_message();
  };
  EXPECT_EQ(page(PageTokenAfter(open)), "");
  EXPECT_EQ(page(PageTokenAfter(hidden)), "run " + hidden + " is not known");
}

}  // namespace
}  // namespace powerdown
