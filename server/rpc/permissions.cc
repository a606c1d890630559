#include "server/rpc/permissions.h"

namespace powerdown {
namespace {

constexpr Permission kOpen = {Role::kViewer, Reach::kEveryone, true};
constexpr Permission kViewers = {Role::kViewer, Reach::kCaller, false};
constexpr Permission kViewersRead = {Role::kViewer, Reach::kRead, false};
constexpr Permission kOwnTokens = {Role::kViewer, Reach::kCaller, true};
constexpr Permission kSubmit = {Role::kSubmitter, Reach::kCaller, true};
constexpr Permission kAsk = {Role::kSubmitter, Reach::kRead, false};
constexpr Permission kChange = {Role::kSubmitter, Reach::kWrite, true};
constexpr Permission kAdminReads = {Role::kAdmin, Reach::kCaller, false};
constexpr Permission kAdminChanges = {Role::kAdmin, Reach::kCaller, true};

}  // namespace

// Without a default: a new RPC does not compile until it is here.
std::optional<Permission> PermissionOf(Rpc rpc) {
  switch (rpc) {
    case Rpc::kRunServiceSubmitRun:
      return kSubmit;
    case Rpc::kRunServiceGetRun:
      return kViewersRead;
    case Rpc::kRunServiceListRuns:
      return kViewers;
    case Rpc::kRunServiceWatchRun:
      return kViewersRead;
    case Rpc::kRunServicePauseRun:
      return kChange;
    case Rpc::kRunServiceResumeRun:
      return kChange;
    case Rpc::kRunServiceStopRun:
      return kChange;
    case Rpc::kRunServiceContinueRun:
      return kChange;
    case Rpc::kRunServiceCancelRun:
      return kChange;
    case Rpc::kRunServiceDeleteRun:
      return kChange;
    case Rpc::kRunServiceUpdateRun:
      return kChange;
    case Rpc::kRunServiceExportRun:
      return kViewersRead;
    case Rpc::kRunServiceGetRunLogs:
      return kViewersRead;
    case Rpc::kRunServiceImportRuns:
      return kSubmit;
    case Rpc::kRunServiceWatchRuns:
      return kViewers;
    case Rpc::kRunServiceGetSeries:
      return kViewersRead;
    case Rpc::kRunServiceListCheckpoints:
      return kViewersRead;
    case Rpc::kComparisonServiceCreateComparison:
      return kSubmit;
    case Rpc::kComparisonServiceGetComparison:
      return kViewersRead;
    case Rpc::kComparisonServiceListComparisons:
      return kViewers;
    case Rpc::kForecastServiceForecastSpec:
      return kViewers;
    case Rpc::kForecastServiceGetForecast:
      return kViewersRead;
    case Rpc::kPowerServiceListMeters:
      return kViewers;
    case Rpc::kPowerServiceGetLedger:
      return kViewers;
    case Rpc::kPowerServiceMeasureBaseline:
      return kViewers;
    case Rpc::kPowerServiceCalibrate:
      return kAdminChanges;
    case Rpc::kPowerServiceWatchPower:
      return kViewers;
    case Rpc::kQuizServiceAsk:
      return kAsk;
    case Rpc::kQuizServiceGetAnswerGrid:
      return kAsk;
    case Rpc::kAdminServiceGetServerInfo:
      return kViewers;
    case Rpc::kAdminServiceDiagnose:
      return kAdminReads;
    case Rpc::kAdminServiceCreateBackup:
      return kAdminChanges;
    case Rpc::kAdminServiceRestoreBackup:
      return kAdminChanges;
    case Rpc::kAccessServiceStartPairing:
      return kAdminChanges;
    case Rpc::kAccessServicePair:
      return kOpen;
    case Rpc::kAccessServicePutUser:
      return kAdminChanges;
    case Rpc::kAccessServiceListUsers:
      return kAdminReads;
    case Rpc::kAccessServiceGetUser:
      return kViewers;
    case Rpc::kAccessServiceSetUserBudget:
      return kAdminChanges;
    case Rpc::kAccessServiceDeleteUser:
      return kAdminChanges;
    case Rpc::kAccessServiceCreateToken:
      return kOwnTokens;
    case Rpc::kAccessServiceListTokens:
      return kViewers;
    case Rpc::kAccessServiceRevokeToken:
      return kOwnTokens;
    case Rpc::kAccessServiceListAudit:
      return kAdminReads;
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
