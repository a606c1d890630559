#include "client/cli/terminal/png_file.h"

#include <cerrno>
#include <cstring>
#include <fstream>

#include "common/base/text.h"

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
    return absl::InternalError("the picture could not be made a PNG");
  }
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (file) return absl::OkStatus();
  return absl::FailedPreconditionError(Concat("cannot write ", path, ": ", strerror(errno)));
}

}  // namespace powerdown
