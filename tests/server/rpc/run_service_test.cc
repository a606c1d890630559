#include <rapidcheck.h>

#include <map>
#include <set>

#include "absl/strings/str_replace.h"
#include "common/base/text_limits.h"
#include "common/base/utf8.h"
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

}  // namespace
}  // namespace powerdown
