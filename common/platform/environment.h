// What of this process's environment its children see. Variables may hold secrets of the daemon
// (tokens, addresses of webhooks) or change what a program loads, so only those listed are passed
// on. Thread-safe as long as nobody changes the environment.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace powerdown {

// Names; one that ends in * stands for all that begin so. docs/operating.md lists both.
inline constexpr std::string_view kWorkerVariables[] = {
    "PATH",         "HOME",         "USER",          "LOGNAME",         "LANG",
    "LC_*",         "TZ",           "TMPDIR",        "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH",
    "CUDA_*",       "NVIDIA_*",     "OMP_*",         "OPENBLAS_*",      "MKL_*",
    "KMP_*",        "GOMP_*",       "PYTORCH_*",     "TORCH_*",         "ASAN_OPTIONS",
    "LSAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS",
};
inline constexpr std::string_view kNoticeVariables[] = {
    "PATH",        "HOME",     "USER",     "LOGNAME",       "LANG",
    "LC_*",        "TZ",       "TMPDIR",   "http_proxy",    "https_proxy",
    "HTTPS_PROXY", "no_proxy", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR",
};

// Of a command that runs as another account than the daemon's.
inline constexpr std::string_view kCommandVariables[] = {"PATH", "LANG", "LC_*", "TZ"};

inline constexpr std::string_view kAllVariables[] = {
    "*"};  // of a program that acts for the same user

// PATH where nobody says another.
inline constexpr char kUsualPath[] = "/usr/local/bin:/usr/bin:/bin";

// "NAME=value" of each variable that is set and listed.
std::vector<std::string> ListedEnvironment(std::span<const std::string_view> names);

}  // namespace powerdown
