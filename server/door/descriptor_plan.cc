#include "server/door/descriptor_plan.h"

#include <sys/resource.h>

#include <algorithm>

#include "server/door/limits.h"

namespace powerdown {
namespace {

constexpr int kUsefulDescriptors = 4096;
// Of the rest of the daemon: at most 1024, of which a run takes four and a store thirty.
constexpr int kOtherDescriptors = 1024;
constexpr int kDescriptorsOfConnection = 3;  // outside, and both ends of its pair

}  // namespace

DescriptorPlan PlanDescriptors(int limit) {
  const int useful = std::min(limit, kUsefulDescriptors);
  DescriptorPlan plan;
  plan.most_of_owner = std::min(kMostOwnerConnections, useful / 4);
  plan.first_of_owner = useful - plan.most_of_owner;
  plan.most_waiting = std::min(kMostWaiting, useful / 8);
  const int others = std::min(kOtherDescriptors, useful / 4);
  const int left = plan.first_of_owner - plan.most_waiting - others;
  plan.most_connections = std::min(kMostConnections, left / kDescriptorsOfConnection);
  return plan;
}

int RaiseDescriptorLimit() {
  rlimit limit = {};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur =
      std::min<rlim_t>(limit.rlim_max, std::max<rlim_t>(limit.rlim_cur, kUsefulDescriptors));
  setrlimit(RLIMIT_NOFILE, &limit);
  getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<int>(std::min<rlim_t>(limit.rlim_cur, kUsefulDescriptors));
}

}  // namespace powerdown
