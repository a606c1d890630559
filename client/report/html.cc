#include "client/report/html.h"

#include <cmath>

#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {
namespace {

// Blue and orange can be told apart by nearly all eyes, on white and on black.
constexpr char kStyle[] = R"(
:root { color-scheme: light dark;
  --paper: #ffffff; --ink: #1d2129; --faint: #626b7a; --line: #d5dae2; --card: #f5f7fa;
  --validation: #0b6bcb; --train: #7a8494; --waste: #d9730d; --good: #1a7f4b; --bad: #c43d2b; }
@media (prefers-color-scheme: dark) { :root {
  --paper: #14171c; --ink: #e7eaf0; --faint: #98a2b3; --line: #333a46; --card: #1c2129;
  --validation: #5aa9ff; --train: #8b95a5; --waste: #f2a154; --good: #4cc38a; --bad: #f0705c; } }
body { background: var(--paper); color: var(--ink); margin: 0 auto; max-width: 960px;
  padding: 24px 16px 48px; font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 24px; margin: 0 0 4px; } h2 { font-size: 17px; margin: 32px 0 8px; }
p { margin: 4px 0; } .faint { color: var(--faint); font-size: 13px; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 8px;
  padding: 12px 16px; margin: 16px 0; }
.card p:first-child { font-size: 19px; font-weight: 600; color: var(--good); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 4px 12px 4px 0; border-bottom: 1px solid var(--line);
  vertical-align: top; overflow-wrap: anywhere; }
th { color: var(--faint); font-weight: 500; } td.n, th.n { text-align: right; }
code { font: 13px ui-monospace, monospace; overflow-wrap: anywhere; }
svg { width: 100%; height: auto; display: block; } svg text { font: 12px system-ui, sans-serif; }
.ink { fill: var(--ink); } .muted { fill: var(--faint); } .axis { stroke: var(--line); }
.validation { stroke: var(--validation); } .train { stroke: var(--train); }
.energy { stroke: var(--waste); } .curve { fill: none; stroke-width: 1.6; }
.mark { stroke: var(--faint); stroke-dasharray: 3 3; } .after { fill: var(--waste); opacity: .13; }
.bar { fill: var(--validation); } .bar-waste { fill: var(--waste); }
.band { stroke: var(--ink); stroke-width: 1.5; } .right { fill: var(--validation); }
.wrong { fill: var(--waste); } .none { fill: var(--line); }
.film { display: flex; flex-wrap: wrap; gap: 12px; } .film figure { margin: 0; width: 210px; }
.film figcaption { font-size: 13px; color: var(--faint); }
)";

}  // namespace

std::string Escaped(std::string_view text) {
  std::string escaped;
  for (const char c : Printable(text)) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string HtmlPage(std::string_view title, std::string_view body) {
  return Concat("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n",
                "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n",
                "<title>", Escaped(title), "</title>\n<style>", kStyle, "</style></head>\n<body>\n",
                body, "</body></html>\n");
}

std::string Coordinate(double value) {
  std::string text = Fixed(std::isfinite(value) ? value : 0, 1);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text == "-0" ? "0" : text;
}

}  // namespace powerdown
