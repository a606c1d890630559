// How this process shares out its descriptors, so that connections over TCP never take those of the
// unix socket, of workers or of the database.
#pragma once

namespace powerdown {

struct DescriptorPlan {
  int most_connections = 0;  // through the door; each takes three
  int most_waiting = 0;      // each takes one
  // Numbers from here on are for the daemon's own account on the unix socket.
  int first_of_owner = 0;
  int most_of_owner = 0;
};
// For a process that may have `limit` descriptors. Pure.
DescriptorPlan PlanDescriptors(int limit);
// Raises this process's limit as far as is useful, and returns what it is.
int RaiseDescriptorLimit();

}  // namespace powerdown
