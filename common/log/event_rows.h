// TensorBoard's event files as the rows of a log: one row an event, one cell a scalar. Pure.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/log/log_rows.h"

namespace powerdown {

struct EventFile {
  std::string path;  // below the folder that was asked for: "train/events.out.tfevents.1.box"
  std::string bytes;
};

// Files of one training. `folder` is for messages. InvalidArgument: a file is damaged beyond
// reading, or the files are those of several trainings, of which two are named.
absl::StatusOr<std::unique_ptr<LogRows>> OpenEventRows(const std::vector<EventFile>& files,
                                                       std::string_view folder);

// Whether a file's name is that of an event file, as TensorBoard decides it.
bool IsEventFileName(std::string_view path);

// What the scalars of a file are called: Keras and add_scalars write "epoch_loss" to files in the
// folders "train" and "validation". The part of the path that says so, with a slash at its end, or
// nothing.
std::string EventNamePrefix(std::string_view path);

}  // namespace powerdown
