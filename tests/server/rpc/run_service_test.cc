#include <rapidcheck.h>
#include <unistd.h>

#include <map>
#include <set>

#include "absl/strings/str_replace.h"
#include "common/base/text_limits.h"
#include "common/base/utf8.h"
#include "common/platform/account.h"
#include "common/run/run_bundle.h"
#include "tests/server/rpc/rpc_fixture.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;

class RunServiceTest : public RpcTest {
 protected:
  grpc::Status Submit(const v1::SubmitRunRequest& request, v1::Run* run) {
    grpc::ClientContext context;
    return runs_->SubmitRun(&context, request, run);
  }
  grpc::Status Get(const std::string& run_id, v1::Run* run) {
    grpc::ClientContext context;
    v1::GetRunRequest request;
    request.set_run_id(run_id);
    return runs_->GetRun(&context, request, run);
  }
  grpc::Status List(const v1::ListRunsRequest& request, v1::ListRunsResponse* response) {
    grpc::ClientContext context;
    return runs_->ListRuns(&context, request, response);
  }
};

TEST_F(RunServiceTest, SubmittedRunIsShownByAnyOfItsPrefixes) {
  v1::SubmitRunRequest request;
  request.mutable_spec()->set_modulus(31);
  request.set_name("mine");
  request.add_tags("paper");
  v1::Run submitted;
  ASSERT_TRUE(Submit(request, &submitted).ok());
  v1::Run shown;
  ASSERT_TRUE(Get(submitted.run_id().substr(0, 8), &shown).ok());
  EXPECT_EQ(shown.run_id(), submitted.run_id());
  EXPECT_EQ(shown.spec().modulus(), 31);
  EXPECT_EQ(shown.owner(), "ada");
  EXPECT_EQ(shown.state(), v1::RUN_STATE_QUEUED);
  EXPECT_EQ(shown.auto_stop(), v1::AUTO_STOP_ON);
}

TEST_F(RunServiceTest, RepeatedRequestGetsItsFirstAnswer) {
  v1::SubmitRunRequest request;
  request.set_request_id("5f0a7a0e-0000-4000-8000-000000000001");
  v1::Run first;
  v1::Run second;
  ASSERT_TRUE(Submit(request, &first).ok());
  ASSERT_TRUE(Submit(request, &second).ok());
  EXPECT_EQ(first.run_id(), second.run_id());
  v1::ListRunsResponse list;
  ASSERT_TRUE(List({}, &list).ok());
  EXPECT_EQ(list.runs_size(), 1);
}

TEST_F(RunServiceTest, ErrorsNameTheFieldAndCarryAReason) {
  v1::SubmitRunRequest request;
  request.mutable_spec()->set_modulus(1);
  v1::Run run;
  const grpc::Status invalid = Submit(request, &run);
  EXPECT_EQ(invalid.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(invalid.error_message(), HasSubstr("modulus"));
  EXPECT_EQ(ErrorInfoOf(invalid).reason(), "INVALID_ARGUMENT");

  const grpc::Status not_found = Get("0zzz", &run);
  EXPECT_EQ(not_found.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(ErrorInfoOf(not_found).reason(), "NOT_FOUND");
  EXPECT_EQ(ErrorInfoOf(not_found).metadata().at("run_id"), "0zzz");
}

TEST_F(RunServiceTest, PagesHoldEveryRunOnceNewestFirst) {
  std::vector<std::string> submitted;
  for (int i = 0; i < 7; ++i) {
    submitted.push_back(RpcTest::Submit());
    clock_.Advance(absl::Seconds(1));
  }
  std::vector<std::string> listed;
  v1::ListRunsRequest request;
  request.set_page_size(3);
  int pages = 0;
  do {
    v1::ListRunsResponse page;
    ASSERT_TRUE(List(request, &page).ok());
    for (const v1::Run& run : page.runs()) listed.push_back(run.run_id());
    request.set_page_token(page.next_page_token());
    ++pages;
  } while (!request.page_token().empty());
  EXPECT_EQ(pages, 3);
  EXPECT_EQ(listed, std::vector<std::string>(submitted.rbegin(), submitted.rend()));
}

TEST_F(RunServiceTest, ListsWhatTheFilterSelects) {
  RpcTest::Submit("one");
  EndRun(RpcTest::Submit("two"));
  v1::ListRunsRequest request;
  request.set_filter("state = \"finished\" AND owner = \"ada\"");
  v1::ListRunsResponse list;
  ASSERT_TRUE(List(request, &list).ok());
  ASSERT_EQ(list.runs_size(), 1);
  EXPECT_EQ(list.runs(0).name(), "two");
  request.set_filter("owner = \"eve\"");
  ASSERT_TRUE(List(request, &list).ok());
  EXPECT_EQ(list.runs_size(), 0);
}

TEST_F(RunServiceTest, CancelledRunShowsItsState) {
  grpc::ClientContext context;
  v1::RunActionRequest request;
  request.set_run_id(RpcTest::Submit());
  v1::Run run;
  ASSERT_TRUE(runs_->CancelRun(&context, request, &run).ok());
  EXPECT_EQ(run.state(), v1::RUN_STATE_CANCELLED);
}

// Runs as long as they may be, in one page of a thousand.
TEST_F(RunServiceTest, APageEndsWhereItIsFull) {
  constexpr size_t kRuns = 300;
  for (size_t i = 0; i < kRuns; ++i) {
    powerdown::Run run;
    run.run_id = ids_.Next(clock_.Now().wall);
    run.owner = "ada";
    run.notes = std::string(TextLimitOf("notes").most_bytes, 'n');
    run.created_at = clock_.Now().wall;
    ASSERT_TRUE(store_->group().Commit({.run = run, .is_new = true}).ok());
  }
  std::set<std::string> seen;
  v1::ListRunsRequest request;
  request.set_page_size(1000);
  int pages = 0;
  do {
    v1::ListRunsResponse page;
    ASSERT_TRUE(List(request, &page).ok());
    EXPECT_LT(page.ByteSizeLong(), size_t{3} << 20);
    for (const v1::Run& run : page.runs()) EXPECT_TRUE(seen.insert(run.run_id()).second);
    request.set_page_token(page.next_page_token());
  } while (++pages < 10 && !request.page_token().empty());
  EXPECT_EQ(seen.size(), kRuns);
  EXPECT_EQ(pages, 3);

  grpc::ClientContext context;
  const auto watch = runs_->WatchRuns(&context, v1::WatchRunsRequest());
  std::set<std::string> watched;
  for (v1::WatchRunsResponse message; !message.has_all() && watch->Read(&message);) {
    EXPECT_LT(message.ByteSizeLong(), size_t{3} << 20);
    for (const v1::Run& run : message.runs()) watched.insert(run.run_id());
  }
  context.TryCancel();
  EXPECT_EQ(watched, seen);
}

TEST_F(RunServiceTest, WhatCannotBeReadCostsNoList) {
  const std::string run_id = RpcTest::Submit();
  powerdown::Run run = *store_->runs().Get(run_id);
  run.notes = "a\xff\xc3";
  RunEvent event;
  event.run_id = run_id;
  event.kind = EventKind::kForecast;
  event.message = "\xe6\x97";
  event.details_json = "[[[[[[";
  store_->group().Append(event);
  ASSERT_TRUE(store_->group().Commit({.run = run}).ok());
  v1::ListRunsResponse list;
  ASSERT_TRUE(List({}, &list).ok());
  EXPECT_EQ(list.runs_size(), 1);
  v1::Run shown;
  EXPECT_TRUE(Get(run_id, &shown).ok());
  TestWatch watch(runs_.get(), run_id);
  EXPECT_EQ(watch.RevisionsUntil(2).size(), 2u);
  watch.Cancel();
}

TEST_F(RunServiceTest, ATextOverItsLimitIsRefused) {
  v1::SubmitRunRequest request;
  request.set_name(std::string(513, 'x'));
  v1::Run run;
  const grpc::Status status = Submit(request, &run);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(status.error_message(), "name: has 513 bytes; allowed: up to 512");

  grpc::ClientContext context;
  v1::WatchRunRequest watched;
  watched.set_run_id(std::string(9000, 'x'));
  const auto watch = runs_->WatchRun(&context, watched);
  EXPECT_EQ(watch->Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(RunServiceTest, AnImportIsCheckedBeforeItIsStored) {
  const auto import = [&](const std::string& text) {
    grpc::ClientContext context;
    v1::ImportRunsRequest request;
    request.set_content(text);
    v1::ImportRunsResponse response;
    return runs_->ImportRuns(&context, request, &response).error_message();
  };
  const std::string header = R"({"bundle":1,"run":{"run_id":"01k9abc0000000000000000000",)"
                             R"("state":"finished","steps":0,"max_steps":9,)"
                             R"("created_at":"2026-01-01T00:00:00Z"}})"
                             "\n";
  EXPECT_THAT(import(header + R"({"time":"2026-01-01T00:00:00Z","event":"forecast",)"
                              R"("details":[[1]]})"),
              HasSubstr("import:2: details: "));
  EXPECT_THAT(import(absl::StrReplaceAll(header, {{"01k9abc0000000000000000000", "0"}})),
              HasSubstr("\"0\" is not the whole id of a run"));
  EXPECT_THAT(import(std::string(91, '[')), HasSubstr("import: "));
  EXPECT_EQ(import(header), "");
  v1::ListRunsResponse list;
  v1::ListRunsRequest all;
  all.set_filter("origin = \"any\"");
  ASSERT_TRUE(List(all, &list).ok());
  EXPECT_EQ(list.runs_size(), 1);
}

// Texts of all kinds: each is refused in one line, or is shown as it was given, in the list as
// well.
TEST_F(RunServiceTest, AnyTextIsRefusedOrShown) {
  std::map<std::string, std::string> names;
  const bool holds = rc::check([&] {
    clock_.Advance(absl::Seconds(1));  // calls of a token are limited
    const auto bytes = *rc::gen::arbitrary<std::string>();
    const int times = *rc::gen::element(1, 1, 50, 300);
    std::string text;
    for (int i = 0; i < times; ++i) text += ToUtf8(bytes);
    v1::SubmitRunRequest request;
    request.set_name(text);
    request.add_tags(text);
    request.set_request_id(text);
    v1::Run run;
    const grpc::Status submitted = Submit(request, &run);
    if (!submitted.ok()) {
      RC_LOG() << submitted.error_message();
      RC_ASSERT(submitted.error_code() == grpc::StatusCode::INVALID_ARGUMENT);
      RC_ASSERT(submitted.error_message().size() < 1100u);
    } else if (!text.empty()) {
      names[run.run_id()] = text;
      RC_ASSERT(run.name() == text && run.tags(0) == text);
    }
    v1::ListRunsRequest list;
    list.set_filter(text);
    list.set_page_token(text);
    v1::ListRunsResponse page;
    RC_ASSERT(List(list, &page).error_message().size() < 1100u);
  });
  EXPECT_TRUE(holds);
  v1::ListRunsRequest all;
  all.set_page_size(1000);
  v1::ListRunsResponse page;
  ASSERT_TRUE(List(all, &page).ok());
  for (const v1::Run& run : page.runs()) {
    if (!names.contains(run.run_id())) continue;
    EXPECT_EQ(run.name(), names[run.run_id()]);
  }
}

class CommandTest : public RpcTest {
 protected:
  CommandTest() {
    const absl::Time now = clock_.Now().wall;
    for (const char* role : {"submitter", "admin"}) {
      const std::string user = std::string("the-") + role;
      EXPECT_TRUE(access_.PutUser(user, *ParseNamed<Role>(role), now).ok());
      tokens_[role] =
          access_.CreateToken({"ada", Role::kAdmin, ""}, user, "", std::nullopt, now)->token;
    }
  }
  static v1::SubmitCommandRequest Request() {
    v1::SubmitCommandRequest request;
    request.mutable_command()->add_words("python3");
    request.mutable_command()->set_directory("/");
    request.mutable_command()->set_stop_grace_seconds(30);
    return request;
  }
  grpc::Status Submit(const v1::SubmitCommandRequest& request, v1::Run* run,
                      const std::string& token = "") {
    grpc::ClientContext context;
    if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
    return runs_->SubmitCommand(&context, request, run);
  }
  grpc::Status Resume(const std::string& run_id, v1::Run* run, const std::string& token = "") {
    grpc::ClientContext context;
    if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
    v1::RunActionRequest request;
    request.set_run_id(run_id);
    return runs_->ResumeRun(&context, request, run);
  }

  std::map<std::string, std::string> tokens_;
};

TEST_F(CommandTest, ACommandRunsAsTheAccountThatAskedForIt) {
  v1::SubmitCommandRequest request = Request();
  request.mutable_command()->set_account("root");  // whatever a client says
  request.add_environment("KEY=hunter2");
  v1::Run run;
  const grpc::Status status = Submit(request, &run);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(run.command().account(), OwnAccount().name);
  EXPECT_EQ(run.auto_stop(), v1::AUTO_STOP_OBSERVE);
  EXPECT_EQ(run.command().variables(0), "KEY");
  EXPECT_THAT(run.DebugString(), ::testing::Not(HasSubstr("hunter2")));
  EXPECT_THAT(FormatBundle(*queue_.Export(run.run_id())), ::testing::Not(HasSubstr("hunter2")));
  EXPECT_THAT(queue_.Get(run.run_id())->environment, ::testing::ElementsAre("KEY=hunter2"));
}

TEST_F(CommandTest, ATokenIsRefusedAndThatIsAudited) {
  v1::Run run;
  const grpc::Status status = Submit(Request(), &run, tokens_.at("admin"));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_THAT(status.error_message(), HasSubstr("may not run commands with a token"));
  ASSERT_TRUE(store_->group().Commit().ok());
  const AuditRow row = store_->audit().List(0, 1)->at(0);
  EXPECT_EQ(row.user + " " + row.method + " " + row.outcome,
            "the-admin RunService/SubmitCommand PERMISSION_DENIED");
}

TEST_F(CommandTest, ACraftedEnvironmentAndAFolderThatIsNotThereAreRefused) {
  v1::Run run;
  v1::SubmitCommandRequest request = Request();
  request.add_environment("LD_PRELOAD=/tmp/evil.so");
  EXPECT_THAT(Submit(request, &run).error_message(), HasSubstr("env: \"LD_PRELOAD\""));
  request = Request();
  request.mutable_command()->set_directory("/no/such/folder");
  EXPECT_THAT(Submit(request, &run).error_message(),
              HasSubstr("cannot enter /no/such/folder: No such file"));
  request.mutable_command()->set_directory("relative");
  EXPECT_EQ(Submit(request, &run).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

// Whoever may change a run may stop it, and may not start its program again as somebody else.
TEST_F(CommandTest, OnlyItsAccountStartsACommandAgain) {
  powerdown::Run run;
  run.run_id = ids_.Next(clock_.Now().wall);
  run.owner = "the-submitter";
  run.state = RunState::kFailed;
  run.spec.task = kUnknownTask;
  run.command.emplace();
  run.command->words = {"true"};
  run.command->directory = "/";
  run.command->account = OwnAccount().name;
  run.created_at = clock_.Now().wall;
  ASSERT_TRUE(store_->group().Commit({.run = run, .is_new = true}).ok());
  for (const char* role : {"submitter", "admin"}) {
    v1::Run resumed;
    const grpc::Status status = Resume(run.run_id, &resumed, tokens_.at(role));
    EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED) << role;
    EXPECT_THAT(status.error_message(), HasSubstr("only that one can start it again"));
  }
  v1::Run resumed;
  EXPECT_TRUE(Resume(run.run_id, &resumed).ok());
  EXPECT_EQ(resumed.state(), v1::RUN_STATE_QUEUED);
}

// Nobody has another's process metered.
TEST_F(CommandTest, OnlyProcessesOfTheAccountAreAttached) {
  v1::SubmitCommandRequest request = Request();
  request.mutable_attached()->set_pid(getpid());
  request.mutable_attached()->set_child(999'999'999);
  request.mutable_attached()->set_folder("/tmp");
  v1::Run run;
  EXPECT_THAT(Submit(request, &run).error_message(), HasSubstr("process 999999999 is not one of"));
}

}  // namespace
}  // namespace powerdown
