#include "server/door/door.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "common/base/text.h"
#include "server/door/room.h"

namespace powerdown {
namespace {

// gRPC's name of a peer in the abstract namespace, and the name that the room gave it:
// "unix-abstract:powerdown/RANDOM/SERIAL/ORIGIN".
struct Name {
  uint64_t serial = 0;
  std::string origin;
};

std::string Unescaped(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    int code = 0;
    if (text[i] == '%' && absl::SimpleHexAtoi(AbslView(text.substr(i + 1, 2)), &code)) {
      plain += static_cast<char>(code);
      i += 2;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

std::optional<Name> ParseName(std::string_view peer) {
  const std::vector<std::string> parts = absl::StrSplit(Unescaped(peer), absl::MaxSplits('/', 3));
  Name name;
  if (parts.size() != 4 || parts[0] != "unix-abstract:powerdown" ||
      !absl::SimpleAtoi(parts[2], &name.serial)) {
    return std::nullopt;
  }
  name.origin = parts[3];
  return name;
}

}  // namespace

Door::Door(Options options)
    : options_(std::move(options)), wake_event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  thread_ = std::thread([this] { Run(); });
}

Door::~Door() {
  {
    absl::MutexLock lock(&mutex_);
    orders_.ends = true;
  }
  Wake();
  thread_.join();
}

std::optional<std::string> Door::OriginOf(std::string_view peer) {
  std::optional<Name> name = ParseName(peer);
  if (!name) return std::nullopt;
  return std::move(name->origin);
}

void Door::Adopt(Descriptor connection, std::string origin) {
  {
    absl::MutexLock lock(&mutex_);
    orders_.adopted.emplace_back(std::move(connection), std::move(origin));
  }
  Wake();
}

void Door::SetKnown(std::string_view peer, int64_t most_bytes) {
  const std::optional<Name> name = ParseName(peer);
  if (!name) return;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = known_.find(name->serial);
    if (found == known_.end() || found->second >= most_bytes) return;
    found->second = most_bytes;
    orders_.known[name->serial] = most_bytes;
  }
  Wake();
}

bool Door::IsKnown(std::string_view peer) const {
  const std::optional<Name> name = ParseName(peer);
  if (!name) return true;
  absl::MutexLock lock(&mutex_);
  const auto found = known_.find(name->serial);
  return found != known_.end() && found->second > 0;
}

void Door::StopAccepting() {
  {
    absl::MutexLock lock(&mutex_);
    orders_.stops_accepting = true;
  }
  Wake();
}

void Door::Wake() const {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(wake_event_.number(), &one, sizeof(one));
}

Door::Orders Door::TakeOrders() {
  uint64_t ignored = 0;
  [[maybe_unused]] const ssize_t count = read(wake_event_.number(), &ignored, sizeof(ignored));
  absl::MutexLock lock(&mutex_);
  return std::exchange(orders_, Orders());
}

void Door::Run() {
  Room room(options_, [this](uint64_t serial, bool is_in) {
    absl::MutexLock lock(&mutex_);
    if (is_in) {
      known_[serial] = 0;
    } else {
      known_.erase(serial);
    }
  });
  room.Listen(wake_event_.number());
  if (options_.listener.is_open()) room.Listen(options_.listener.number());
  for (;;) {
    for (const int ready : room.Await()) {
      if (ready == options_.listener.number()) {
        room.Accept(ready);
        continue;
      }
      Orders orders = TakeOrders();
      if (orders.ends) return;
      if (orders.stops_accepting) {
        options_.listener.Close();
        room.StopLettingIn();
      }
      for (auto& [connection, origin] : orders.adopted) {
        room.Add(std::move(connection), std::move(origin), /*has_tls=*/false);
      }
      for (const auto& [serial, most_bytes] : orders.known) room.SetKnown(serial, most_bytes);
    }
    room.Keep();
  }
}

}  // namespace powerdown
