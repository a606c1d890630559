#include "server/trainer/network/failure.h"

#include <c10/util/Exception.h>

#include <exception>
#include <new>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace powerdown {
namespace {

std::string FirstLine(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

// LibTorch's allocators have no type of their own for this in 1.13.
bool IsOutOfMemory(const std::string& text) {
  return absl::StrContains(text, "can't allocate memory") ||
         absl::StrContains(text, "not enough memory") || absl::StrContains(text, "out of memory") ||
         absl::StrContains(text, "Storage size calculation overflowed");
}

}  // namespace

absl::Status StatusOfException(int64_t step) {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError(absl::StrCat("out of memory at step ", step));
  } catch (const c10::Error& error) {
    const std::string text = error.what_without_backtrace();
    if (IsOutOfMemory(text)) {
      return absl::ResourceExhaustedError(
          absl::StrCat("out of memory at step ", step, "; try a smaller batch_size or width"));
    }
    return absl::InternalError(absl::StrCat("LibTorch at step ", step, ": ", FirstLine(text)));
  } catch (const std::exception& error) {
    return absl::InternalError(absl::StrCat("at step ", step, ": ", FirstLine(error.what())));
  } catch (...) {
    return absl::InternalError(absl::StrCat("at step ", step, ": an unknown exception"));
  }
}

}  // namespace powerdown
