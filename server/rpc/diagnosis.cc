#include "server/rpc/diagnosis.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "server/store/backup.h"

namespace powerdown {
namespace {

using Status = Check::Status;

// For the check of the database: a gigabyte takes about so long.
constexpr absl::Duration kLongestWait = absl::Seconds(3);
constexpr double kGibibyte = 1024.0 * 1024 * 1024;
constexpr double kLittleSpace = 1;  // GiB
constexpr size_t kMostRunsNamed = 5;
constexpr double kTooLittleSpace = 0.1;  // a run's checkpoints no longer fit

Check OfStatus(const std::string& name, const absl::Status& status, const std::string& good,
               const std::string& remedy) {
  if (status.ok()) return {name, Status::kOk, good};
  return {name, Status::kFailed, std::string(status.message()), remedy};
}

Check DatabaseCheck(const RpcParts& parts) {
  const char* const remedy =
      "powerdown server restore BACKUP; without a backup keep the file and ask";
  IntegrityCheck::Finding finding;
  if (parts.integrity == nullptr) {
    finding.last = CheckIntegrity(DatabasePath(parts.state_dir));
  } else {
    finding = parts.integrity->Ask(kLongestWait);
  }
  if (finding.last && (!finding.is_under_way || !finding.last->ok())) {
    return OfStatus("database", *finding.last, "undamaged", remedy);
  }
  return {"database", Status::kOk,
          finding.last ? "undamaged when it was last checked; it is being checked again"
                       : "is being checked, which takes long; ask again"};
}

Check DiskSpace(const std::string& folder) {
  struct statvfs space = {};
  if (statvfs(folder.c_str(), &space) != 0) {
    return {"disk space", Status::kFailed, absl::StrCat(folder, ": ", std::strerror(errno)),
            "check the file system of --state-dir"};
  }
  const double free =
      static_cast<double>(space.f_bavail) * static_cast<double>(space.f_frsize) / kGibibyte;
  Check check{"disk space", Status::kOk, absl::StrFormat("%.1f GiB free in %s", free, folder)};
  if (free >= kLittleSpace) return check;
  check.status = free < kTooLittleSpace ? Status::kFailed : Status::kWarning;
  check.remedy = "free space, or delete runs: powerdown run delete RUN";
  return check;
}

Check Secrecy(const std::string& folder) {
  struct stat state = {};
  if (stat(folder.c_str(), &state) != 0) {
    return {"state folder", Status::kFailed, absl::StrCat(folder, ": ", std::strerror(errno)),
            "check --state-dir"};
  }
  if ((state.st_mode & 077) == 0)
    return {"state folder", Status::kOk, folder + ", only its owner has access"};
  return {"state folder", Status::kFailed, folder + " can be read by other users of this computer",
          absl::StrCat("chmod 700 ", folder)};
}

Check OwnFiles(const RpcParts& parts) {
  const std::vector<std::string> problems =
      parts.state_problems ? parts.state_problems() : std::vector<std::string>();
  if (problems.empty())
    return {"own files", Status::kOk, "database, socket and folder are in place"};
  return {"own files", Status::kFailed, absl::StrJoin(problems, "; "),
          "put them back, or stop the daemon with SIGTERM and start it again"};
}

Check CoreDumps() {
  rlimit cores = {};
  getrlimit(RLIMIT_CORE, &cores);
  if (cores.rlim_cur == 0 && prctl(PR_GET_DUMPABLE) == 0) {
    return {"core dumps", Status::kOk, "none are written"};
  }
  return {"core dumps", Status::kWarning, "a crash could write keys to the disk",
          "run ulimit -c 0 before powerdownd starts"};
}

Check WorkerCheck(const std::string& program) {
  if (access(program.c_str(), X_OK) == 0) return {"worker", Status::kOk, program};
  return {"worker", Status::kFailed, absl::StrCat(program, ": ", std::strerror(errno)),
          "install powerdown-worker beside powerdownd, or name it with --worker"};
}

// One line a damaged run, of the first few.
void AddDamagedRuns(const RunTable& runs, std::vector<Check>& checks) {
  const absl::StatusOr<std::vector<DamagedRun>> damaged = runs.FindDamaged();
  if (!damaged.ok() || damaged->empty()) {
    checks.push_back(OfStatus("runs", damaged.status(), "can all be read", "see database"));
    return;
  }
  for (size_t i = 0; i < damaged->size() && i < kMostRunsNamed; ++i) {
    const DamagedRun& run = (*damaged)[i];
    const size_t left = damaged->size() - i - 1;
    const bool has_more = left > 0 && i + 1 == kMostRunsNamed;
    checks.push_back({absl::StrCat("run ", run.run_id), Status::kFailed,
                      absl::StrCat("cannot be read whole: ", run.problem,
                                   has_more ? absl::StrCat("; ", left, " more runs as well") : ""),
                      absl::StrCat("restore a backup, or: powerdown run delete ", run.run_id)});
  }
}

// One line a device: what reads it, else why nothing better does.
void AddPower(const Sampler& sampler, std::vector<Check>& checks) {
  std::set<std::string> devices;
  const std::vector<MeterStatus> meters = sampler.Meters();
  for (const MeterStatus& meter : meters) {
    if (!meter.is_used) continue;
    const std::string& device = meter.description.device;
    devices.insert(device);
    const bool is_estimated = meter.description.source == "estimate";
    checks.push_back({absl::StrCat("meter of ", device),
                      is_estimated ? Status::kWarning : Status::kOk, meter.reason,
                      is_estimated ? "see other meters: powerdown power meters" : ""});
  }
  if (devices.empty()) {
    checks.push_back({"meters", Status::kWarning, "no meter can be read: runs have no energy",
                      "see why: powerdown power meters"});
  }
  for (const std::string& device : devices) {
    const std::string name = absl::StrCat("baseline of ", device);
    if (const std::optional<Baseline> baseline = sampler.baseline(device)) {
      checks.push_back({name, Status::kOk, absl::StrFormat("%.1f W", baseline->power.value())});
    } else {
      checks.push_back(
          {name, Status::kWarning,
           "not measured, so net energy is not shown; " + sampler.baseline_obstacle(device),
           "leave the box idle and run: powerdown power baseline"});
    }
  }
}

}  // namespace

std::vector<Check> Diagnose(const RpcParts& parts) {
  std::vector<Check> checks;
  checks.push_back(DatabaseCheck(parts));
  AddDamagedRuns(parts.store->runs(), checks);
  checks.push_back(OfStatus("commits", parts.queue->health(), "reach the disk",
                            "fix the cause; runs wait until then"));
  checks.push_back(OwnFiles(parts));
  checks.push_back(DiskSpace(parts.state_dir));
  checks.push_back(Secrecy(parts.state_dir));
  checks.push_back(WorkerCheck(parts.worker_program));
  checks.push_back(CoreDumps());
  AddPower(*parts.sampler, checks);
  return checks;
}

}  // namespace powerdown
