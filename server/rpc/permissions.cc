#include "server/rpc/permissions.h"

namespace powerdown {
namespace {

constexpr Permission kOpen = {Role::kViewer, Reach::kEveryone, true};
constexpr Permission kViewers = {Role::kViewer, Reach::kCaller, false};
constexpr Permission kViewersRead = {Role::kViewer, Reach::kRead, false};
constexpr Permission kOwnTokens = {Role::kViewer, Reach::kCaller, true};
constexpr Permission kForecast = {Role::kViewer, Reach::kCaller, false, kTableRequest};
constexpr Permission kSubmit = {Role::kSubmitter, Reach::kCaller, true, kTableRequest};
constexpr Permission kRunCommand = {Role::kSubmitter, Reach::kCaller, true, kTableRequest, true};
constexpr Permission kImport = {Role::kSubmitter, Reach::kCaller, true, kImportRequest};
constexpr Permission kAsk = {Role::kSubmitter, Reach::kRead, false};
constexpr Permission kChange = {Role::kSubmitter, Reach::kWrite, true};
constexpr Permission kAdminReads = {Role::kAdmin, Reach::kCaller, false};
constexpr Permission kAdminChanges = {Role::kAdmin, Reach::kCaller, true};

}  // namespace

// Without a default: a new RPC does not compile until it is here.
std::optional<Permission> PermissionOf(Rpc rpc) {
  switch (rpc) {
    case Rpc::kRunServiceSubmitRun:
    case Rpc::kComparisonServiceCreateComparison:
      return kSubmit;
    case Rpc::kRunServiceSubmitCommand:
      return kRunCommand;
    case Rpc::kRunServiceImportRuns:
      return kImport;
    case Rpc::kForecastServiceForecastSpec:
      return kForecast;
    case Rpc::kRunServiceGetRun:
    case Rpc::kRunServiceWatchRun:
    case Rpc::kRunServiceExportRun:
    case Rpc::kRunServiceGetRunLogs:
    case Rpc::kRunServiceGetReceipt:
    case Rpc::kRunServiceGetRunOutput:
    case Rpc::kRunServiceGetSeries:
    case Rpc::kRunServiceListCheckpoints:
    case Rpc::kComparisonServiceGetComparison:
    case Rpc::kForecastServiceGetForecast:
      return kViewersRead;
    case Rpc::kRunServiceListRuns:
    case Rpc::kRunServiceListRunSummaries:
    case Rpc::kRunServiceWatchRuns:
    case Rpc::kComparisonServiceListComparisons:
    case Rpc::kPowerServiceListMeters:
    case Rpc::kPowerServiceGetLedger:
    case Rpc::kPowerServiceMeasureBaseline:
    case Rpc::kPowerServiceWatchPower:
    case Rpc::kAdminServiceGetServerInfo:
    case Rpc::kAccessServiceGetUser:
    case Rpc::kAccessServiceListTokens:
      return kViewers;
    case Rpc::kRunServicePauseRun:
    case Rpc::kRunServiceResumeRun:
    case Rpc::kRunServiceStopRun:
    case Rpc::kRunServiceContinueRun:
    case Rpc::kRunServiceCancelRun:
    case Rpc::kRunServiceDeleteRun:
    case Rpc::kRunServiceUpdateRun:
      return kChange;
    case Rpc::kPowerServiceCalibrate:
    case Rpc::kAdminServiceCreateBackup:
    case Rpc::kAdminServiceRestoreBackup:
    case Rpc::kAccessServiceStartPairing:
    case Rpc::kAccessServicePutUser:
    case Rpc::kAccessServiceSetUserBudget:
    case Rpc::kAccessServiceDeleteUser:
      return kAdminChanges;
    case Rpc::kQuizServiceAsk:
    case Rpc::kQuizServiceGetAnswerGrid:
      return kAsk;
    case Rpc::kAdminServiceDiagnose:
    case Rpc::kAccessServiceListUsers:
    case Rpc::kAccessServiceListAudit:
      return kAdminReads;
    case Rpc::kAccessServicePair:
      return kOpen;
    case Rpc::kAccessServiceCreateToken:
    case Rpc::kAccessServiceRevokeToken:
      return kOwnTokens;
  }
  return std::nullopt;
}

const char* NameOf(Rpc rpc) {
  for (const NamedRpc& named : kRpcs) {
    if (named.rpc == rpc) return named.name;
  }
  return "";
}

}  // namespace powerdown
