#include "client/cli/terminal/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "absl/strings/str_format.h"
#include "client/cli/text/safe_text.h"
#include "common/base/json.h"
#include "common/base/text.h"
#include "common/base/utf8.h"

namespace powerdown {
namespace {

bool IsCapableTerminal(FILE* stream) {
  const char* terminal = std::getenv("TERM");
  const bool is_dumb = terminal == nullptr || std::strcmp(terminal, "dumb") == 0;
  return !is_dumb && isatty(fileno(stream)) == 1;
}

bool HasColor(FILE* stream, ColorChoice color) {
  if (color != ColorChoice::kAuto) return color == ColorChoice::kAlways;
  const char* no_color = std::getenv("NO_COLOR");
  const bool is_refused = no_color != nullptr && *no_color != '\0';
  return !is_refused && IsCapableTerminal(stream);
}

// Of the terminal behind it; 0: none.
int WidthOf(FILE* stream) {
  winsize size{};
  return ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

// Within JSON only strings hold such characters: escaped, they mean the same and steer no terminal.
std::string Dump(const Json& json, int indent) {
  const std::string plain = JsonText(json, indent) + "\n";
  std::string text;
  for (std::string_view rest = plain; !rest.empty();) {
    const Utf8Character first = FirstCharacter(rest);
    if (first.code < 0x7F || !IsMisleading(first.code)) {
      text += rest.substr(0, first.bytes);
    } else if (first.code < 0x10000) {
      text += absl::StrFormat("\\u%04x", first.code);
    } else {
      const uint32_t offset = first.code - 0x10000;
      text += absl::StrFormat("\\u%04x\\u%04x", 0xD800 + (offset >> 10), 0xDC00 + (offset & 0x3FF));
    }
    rest.remove_prefix(first.bytes);
  }
  return text;
}

absl::Status WriteTo(FILE* out, const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), out) == text.size() && std::fflush(out) == 0) {
    return absl::OkStatus();
  }
  return absl::UnknownError(Concat("cannot write to standard output: ", std::strerror(errno)));
}

}  // namespace

Console::Console(FILE* out, FILE* err, ColorChoice color, OutputFormat format, bool is_quiet)
    : out_(out),
      err_(err),
      format_(format),
      out_style_(HasColor(out, color), WidthOf(out)),
      err_style_(HasColor(err, color), WidthOf(err)),
      is_quiet_(is_quiet),
      has_terminal_for_data_(isatty(fileno(out)) == 1),
      can_draw_(!is_quiet && IsCapableTerminal(err)) {}

absl::Status Console::Write(std::string_view text) {
  return WriteTo(out_, IsForPeople() ? SafeText(text, out_style_) : std::string(text));
}

absl::Status Console::WriteJson(const Json& json) {
  return WriteTo(out_, Dump(json, 2));
}

absl::Status Console::WriteJsonLine(const Json& json) {
  return WriteTo(out_, Dump(json, -1));
}

void Console::Say(std::string_view line) {
  if (!is_quiet_) Complain(line);
}

void Console::Complain(std::string_view line) {
  const std::string safe = SafeText(line, err_style_);
  std::fwrite(safe.data(), 1, safe.size(), err_);
  std::fputc('\n', err_);
  std::fflush(err_);
}

TerminalSize Console::Size() const {
  winsize size{};
  if (ioctl(fileno(err_), TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0)
    return {};
  return {size.ws_col, size.ws_row};
}

void Console::Draw(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), err_);
  std::fflush(err_);
}

bool HasPersonAtTerminal() {
  return isatty(STDIN_FILENO) == 1;
}

}  // namespace powerdown
