#include "server/config.h"

#include <cmath>
#include <functional>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "common/base/config_text.h"
#include "common/base/pairing.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/platform/files.h"

namespace powerdown {
namespace {

// One setting. The flag is "--" + name, the variable POWERDOWN_NAME, the file's key name, with '_'
// for '-' in the last two.
struct Setting {
  const char* name;
  const char* value_name;
  const char* help;
  std::function<absl::Status(DaemonOptions&, const std::string& value)> set;
};

using Text = std::string DaemonOptions::*;

std::function<absl::Status(DaemonOptions&, const std::string&)> SetText(Text member) {
  return [member](DaemonOptions& options, const std::string& value) {
    if (value.empty()) return absl::InvalidArgumentError("value is empty");
    options.*member = value;
    return absl::OkStatus();
  };
}

absl::StatusOr<double> ReadNumber(const std::string& value, double minimum) {
  double number = 0;
  if (!absl::SimpleAtod(value, &number) || !std::isfinite(number) || number < minimum) {
    return absl::InvalidArgumentError(
        absl::StrCat("value is ", value, "; allowed: a number, at least ", minimum));
  }
  return number;
}

std::function<absl::Status(DaemonOptions&, const std::string&)> SetCount(
    int64_t DaemonOptions::*member, int64_t minimum, int64_t maximum) {
  return [=](DaemonOptions& options, const std::string& value) {
    int64_t count = 0;
    if (!absl::SimpleAtoi(value, &count) || count < minimum || count > maximum) {
      return absl::InvalidArgumentError(absl::StrCat(
          "value is ", value, "; allowed: a whole number, ", minimum, " to ", maximum));
    }
    options.*member = count;
    return absl::OkStatus();
  };
}

absl::Status SetSocketMode(DaemonOptions& options, const std::string& value) {
  for (const auto& [text, mode] : {std::pair("0600", 0600u), {"0660", 0660u}, {"0666", 0666u}}) {
    if (value != text) continue;
    options.socket_mode = mode;
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("value is ", value, "; allowed: 0600, 0660, 0666"));
}

absl::Status SetAdvertise(DaemonOptions& options, const std::string& value) {
  ASSIGN_OR_RETURN(const HostPort address, ParseHostPort(value));
  options.advertise = HostPortText(address);
  return absl::OkStatus();
}

absl::Status SetWorkerMemory(DaemonOptions& options, const std::string& value) {
  ASSIGN_OR_RETURN(options.worker_memory_factor, ReadNumber(value, 0));
  if (options.worker_memory_factor == 0 || options.worker_memory_factor >= 1) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("value is ", value, "; allowed: 0, or a number from 1 on"));
}

absl::Status SetIdleExit(DaemonOptions& options, const std::string& value) {
  ASSIGN_OR_RETURN(const double seconds, ReadNumber(value, 0));
  options.idle_exit = absl::Seconds(seconds);
  return absl::OkStatus();
}

absl::Status SetRatedWatts(DaemonOptions& options, const std::string& value) {
  ASSIGN_OR_RETURN(options.rated_cpu_watts, ReadNumber(value, 0));
  return absl::OkStatus();
}

absl::Status SetCarbonRegion(DaemonOptions& options, const std::string& value) {
  ASSIGN_OR_RETURN(options.factors.carbon, FindCarbonFactor(absl::AsciiStrToLower(value)));
  return absl::OkStatus();
}

absl::Status SetPrice(DaemonOptions& options, const std::string& value) {
  ASSIGN_OR_RETURN(options.factors.price.per_kwh, ReadNumber(value, 0));
  options.factors.price.source = "configured on this daemon";
  options.factors.price.is_default = false;
  return absl::OkStatus();
}

absl::Status SetCurrency(DaemonOptions& options, const std::string& value) {
  if (value.size() != 3) {
    return absl::InvalidArgumentError(
        absl::StrCat("value is ", value, "; allowed: a three-letter code, e.g. EUR"));
  }
  options.factors.price.currency = absl::AsciiStrToUpper(value);
  return absl::OkStatus();
}

absl::Status SetPriceYear(DaemonOptions& options, const std::string& value) {
  int year = 0;
  if (!absl::SimpleAtoi(value, &year) || year < 1900 || year > 2200) {
    return absl::InvalidArgumentError(absl::StrCat("value is ", value, "; allowed: a year"));
  }
  options.factors.price.year = year;
  return absl::OkStatus();
}

absl::Status SetPue(DaemonOptions& options, const std::string& value) {
  ASSIGN_OR_RETURN(options.factors.pue, ReadNumber(value, 1));
  return absl::OkStatus();
}

absl::Status SetNotifyIdle(DaemonOptions& options, const std::string& value) {
  ASSIGN_OR_RETURN(const double seconds, ReadNumber(value, 0));
  options.notify_idle = absl::Seconds(seconds);
  return absl::OkStatus();
}

absl::Status SetRent(DaemonOptions& options, const std::string& value) {
  ASSIGN_OR_RETURN(options.factors.rent_per_hour, ReadNumber(value, 0));
  return absl::OkStatus();
}

const std::vector<Setting>& Settings() {
  static const auto& settings = *new std::vector<Setting>{
      {"state-dir", "DIR", "folder of database, checkpoints and logs ($XDG_STATE_HOME/powerdown)",
       SetText(&DaemonOptions::state_dir)},
      {"socket", "PATH", "unix socket (STATE_DIR/powerdown.sock)",
       SetText(&DaemonOptions::socket_path)},
      {"socket-mode", "OCTAL", "mode of the socket: 0600, 0660 or 0666 (0600)", SetSocketMode},
      {"listen", "ADDRESS:PORT", "also listen on TCP with TLS; port 0: any free port (none)",
       SetText(&DaemonOptions::listen_address)},
      {"advertise", "HOST:PORT",
       "address that paired computers use (--listen's; on RunPod the published one)", SetAdvertise},
      {"sysfs-root", "DIR", "folder to search for meters (/sys)",
       SetText(&DaemonOptions::sysfs_root)},
      {"procfs-root", "DIR", "folder to read process times from (/proc)",
       SetText(&DaemonOptions::procfs_root)},
      {"worker", "FILE", "training program (powerdown-worker beside powerdownd)",
       SetText(&DaemonOptions::worker_program)},
      {"recorded-dir", "DIR", "runs shipped with the program (../share/powerdown/recorded)",
       SetText(&DaemonOptions::recorded_dir)},
      {"predictor", "FILE", "forecast weights (predictor.json in --recorded-dir)",
       SetText(&DaemonOptions::predictor_file)},
      {"max-running", "N", "runs at the same time; 0: one per core (0)",
       SetCount(&DaemonOptions::max_running, 0, 1000)},
      {"max-running-per-user", "N", "the same for each user; 0: no limit (0)",
       SetCount(&DaemonOptions::max_running_per_user, 0, 1000)},
      {"max-queued-per-user", "N", "queued runs of each user (500)",
       SetCount(&DaemonOptions::max_queued_per_user, 1, 1000000)},
      {"worker-memory", "FACTOR",
       "memory a worker may allocate, in multiples of what its spec needs; 0: no limit (2)",
       SetWorkerMemory},
      {"idle-exit", "SECONDS", "exit after this long without runs or calls (never)", SetIdleExit},
      {"rated-cpu-watts", "W",
       "power of the processor at full load, for estimates (from its cores)", SetRatedWatts},
      {"nvml-library", "FILE", "NVIDIA's management library (libnvidia-ml.so.1)",
       SetText(&DaemonOptions::nvml_library)},
      {"powermetrics", "FILE", "on a Mac: output file of sudo powermetrics -i 500 -f plist -o FILE",
       SetText(&DaemonOptions::powermetrics)},
      {"notify-url", "URL",
       "webhook for notices; if secret, set it in the file or POWERDOWN_NOTIFY_URL (none)",
       SetText(&DaemonOptions::notify_url)},
      {"notify-command", "COMMAND", "command for notices, which reads JSON on stdin (none)",
       SetText(&DaemonOptions::notify_command)},
      {"notify-idle", "SECONDS", "notice when no run was running or queued for this long (never)",
       SetNotifyIdle},
      {"carbon-region", "CODE", "region of the electricity grid: de, fr, us, … (world)",
       SetCarbonRegion},
      {"price-per-kwh", "AMOUNT", "price of electricity (a default, shown with its source)",
       SetPrice},
      {"price-currency", "CODE", "currency of the prices (USD)", SetCurrency},
      {"price-year", "YEAR", "year of the price", SetPriceYear},
      {"pue", "FACTOR", "power usage effectiveness of the site (1)", SetPue},
      {"rent-per-hour", "AMOUNT", "rent of the box per hour, in that currency (0)", SetRent},
  };
  return settings;
}

std::string Underscored(const std::string& name) {
  return absl::StrReplaceAll(name, {{"-", "_"}});
}

// Name to value, and where each came from, for messages.
struct Chosen {
  std::string value;
  std::string where;
};
using Choices = std::map<std::string, Chosen>;

const Setting* FindSetting(const std::string& name) {
  for (const Setting& setting : Settings()) {
    if (name == setting.name) return &setting;
  }
  return nullptr;
}

absl::StatusOr<Choices> ReadFlags(const std::vector<std::string>& arguments, Config& config) {
  Choices choices;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "--help" || argument == "-h") {
      config.asks_for_help = true;
      continue;
    }
    if (argument == "--version") {
      config.asks_for_version = true;
      continue;
    }
    const size_t equals = argument.find('=');
    const std::string flag = argument.substr(0, equals);
    const std::string name = absl::StartsWith(flag, "--") ? flag.substr(2) : "";
    if (name != "config" && FindSetting(name) == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat("unknown argument ", argument, "; see powerdownd --help"));
    }
    if (equals != std::string::npos) {
      choices[name] = {argument.substr(equals + 1), flag};
    } else if (i + 1 < arguments.size()) {
      choices[name] = {arguments[++i], flag};
    } else {
      return absl::InvalidArgumentError(absl::StrCat(flag, " needs a value"));
    }
  }
  return choices;
}

void AddVariables(const Environment& environment, Choices& choices) {
  const auto add = [&](const std::string& name) {
    const std::string variable = "POWERDOWN_" + absl::AsciiStrToUpper(Underscored(name));
    const auto found = environment.find(variable);
    if (found == environment.end() || found->second.empty()) return;
    choices.insert({name, {found->second, variable}});
  };
  add("config");
  for (const Setting& setting : Settings()) add(setting.name);
}

std::string Variable(const Environment& environment, const std::string& name) {
  const auto found = environment.find(name);
  return found == environment.end() ? "" : found->second;
}

// $XDG_…_HOME/powerdown, else below the home folder. Empty without either.
std::string XdgFolder(const Environment& environment, const std::string& variable,
                      const std::string& below_home) {
  if (const std::string folder = Variable(environment, variable); !folder.empty()) {
    return folder + "/powerdown";
  }
  const std::string home = Variable(environment, "HOME");
  return home.empty() ? "" : absl::StrCat(home, "/", below_home, "/powerdown");
}

absl::StatusOr<std::optional<std::string>> ReadConfigFile(const std::string& file,
                                                          bool must_exist) {
  absl::StatusOr<std::string> text = ReadFile(file);
  if (text.ok()) return std::make_optional(*std::move(text));
  if (!must_exist && absl::IsNotFound(text.status())) return std::optional<std::string>();
  return absl::InvalidArgumentError(absl::StrCat("--config: ", text.status().message()));
}

absl::Status AddFile(const Environment& environment, Choices& choices) {
  const auto named = choices.find("config");
  const bool is_named = named != choices.end();
  const std::string folder = XdgFolder(environment, "XDG_CONFIG_HOME", ".config");
  const std::string file = is_named ? named->second.value : folder + "/daemon.toml";
  if (!is_named && folder.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::optional<std::string> text, ReadConfigFile(file, is_named));
  if (!text) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto settings, ParseConfigToml(*text, file));
  for (const auto& [key, value] : settings) {
    const std::string name = absl::StrReplaceAll(key, {{"_", "-"}});
    if (FindSetting(name) == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat(file, ": unknown setting ", key, "; see powerdownd --help"));
    }
    choices.insert({name, {value, absl::StrCat(file, ": ", key)}});
  }
  return absl::OkStatus();
}

// RunPod publishes a port under another number: RUNPOD_PUBLIC_IP and RUNPOD_TCP_PORT_<own port>.
std::string PublishedAddress(const std::string& listen_address, const Environment& environment) {
  const absl::StatusOr<HostPort> listen = ParseHostPort(listen_address);
  if (!listen.ok()) return "";
  const std::string host = Variable(environment, "RUNPOD_PUBLIC_IP");
  const std::string port = Variable(environment, absl::StrCat("RUNPOD_TCP_PORT_", listen->port));
  if (host.empty() || port.empty()) return "";
  const absl::StatusOr<HostPort> published = ParseHostPort(absl::StrCat(host, ":", port));
  return published.ok() ? HostPortText(*published) : "";
}

}  // namespace

absl::StatusOr<Config> ReadConfig(const std::vector<std::string>& arguments,
                                  const Environment& environment) {
  Config config;
  ASSIGN_OR_RETURN(Choices choices, ReadFlags(arguments, config));
  if (config.asks_for_help || config.asks_for_version) return config;
  AddVariables(environment, choices);
  RETURN_IF_ERROR(AddFile(environment, choices));

  config.daemon.factors = DefaultFactors();
  config.daemon.state_dir = XdgFolder(environment, "XDG_STATE_HOME", ".local/state");
  for (const Setting& setting : Settings()) {
    const auto choice = choices.find(setting.name);
    if (choice == choices.end()) continue;
    const absl::Status set = setting.set(config.daemon, choice->second.value);
    if (!set.ok()) {
      return absl::InvalidArgumentError(Concat(choice->second.where, ": ", set.message()));
    }
  }
  const PriceFactor& price = config.daemon.factors.price;
  if (price.is_default && price.currency != PriceFactor().currency) {
    return absl::InvalidArgumentError(Concat(
        choices.at("price-currency").where, ": no price is set in ", price.currency,
        ", and the default is in ", PriceFactor().currency, "; set --price-per-kwh as well"));
  }
  if (config.daemon.advertise.empty()) {
    config.daemon.advertise = PublishedAddress(config.daemon.listen_address, environment);
  }
  if (config.daemon.state_dir.empty()) {
    return absl::InvalidArgumentError("set --state-dir or HOME: neither is set");
  }
  return config;
}

std::string ConfigHelp() {
  std::string help =
      "powerdownd: trains, meters and stops runs on this machine.\n\n"
      "  powerdownd\n"
      "  powerdownd --state-dir /var/lib/powerdown --listen 127.0.0.1:7000\n\n";
  const auto add = [&help](const std::string& flag, const std::string& text) {
    absl::StrAppendFormat(&help, "  %-24s %s\n", flag, text);
  };
  for (const Setting& setting : Settings()) {
    add(absl::StrCat("--", setting.name, " ", setting.value_name), setting.help);
  }
  add("--config FILE",
      "TOML file of these settings, '_' for '-' ($XDG_CONFIG_HOME/powerdown/daemon.toml)");
  add("--version", "print the version");
  add("-h, --help", "print this help");
  absl::StrAppend(&help,
                  "\nA flag overrides the variable POWERDOWN_NAME, which overrides the file.\n");
  return help;
}

}  // namespace powerdown
