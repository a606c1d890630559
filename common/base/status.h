// The two status macros. An error is a value: return it or log it, once.
#pragma once

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define RETURN_IF_ERROR(expression)                                                   \
  do {                                                                                \
    if (absl::Status status_macro_result = (expression); !status_macro_result.ok()) { \
      return status_macro_result;                                                     \
    }                                                                                 \
  } while (false)

#define POWERDOWN_STATUS_CONCAT_INNER(a, b) a##b
#define POWERDOWN_STATUS_CONCAT(a, b) POWERDOWN_STATUS_CONCAT_INNER(a, b)
#define POWERDOWN_ASSIGN_OR_RETURN(result, declaration, expression) \
  auto result = (expression);                                       \
  if (!result.ok()) return result.status();                         \
  declaration = std::move(result).value()
#define ASSIGN_OR_RETURN(declaration, expression) \
  POWERDOWN_ASSIGN_OR_RETURN(POWERDOWN_STATUS_CONCAT(status_or_, __LINE__), declaration, expression)
