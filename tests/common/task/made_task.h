// The table of a named task, for tests.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "common/run/run_spec.h"
#include "common/task/task.h"

namespace powerdown {

inline TaskTable Table(const std::string& task, int64_t modulus = 59) {
  RunSpec spec;
  spec.task = task;
  spec.modulus = modulus;
  const auto table = MakeTask(spec);
  EXPECT_TRUE(table.ok()) << table.status();
  return table.value_or(TaskTable());
}

}  // namespace powerdown
