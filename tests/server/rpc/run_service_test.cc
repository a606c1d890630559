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

}  // namespace
}  // namespace powerdown
