#include "client/cli/terminal/png_file.h"

#include "common/platform/files.h"

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STBI_WRITE_NO_STDIO
#include "stb/stb_image_write.h"

namespace powerdown {
namespace {

void Append(void* text, void* bytes, int size) {
  static_cast<std::string*>(text)->append(static_cast<const char*>(bytes),
                                          static_cast<size_t>(size));
}

}  // namespace

absl::Status WritePng(const std::string& path, const Picture& picture) {
  std::string bytes;
  if (stbi_write_png_to_func(Append, &bytes, picture.width, picture.height, 3, picture.rgb.data(),
                             picture.width * 3) == 0) {
    return absl::InternalError("the picture could not be encoded as PNG");
  }
  const absl::Status written = WriteFile(path, bytes);
  return written.ok() ? written : absl::FailedPreconditionError(written.message());
}

}  // namespace powerdown
