#include "server/door/room.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <random>
#include <utility>

#include "common/base/text.h"
#include "server/door/peer_address.h"

namespace powerdown {
namespace {

constexpr int kAcceptedAtOnce = 16;  // then others have a turn
constexpr int kEventsAtOnce = 64;
constexpr std::chrono::milliseconds kKeepPeriod{100};  // how late a deadline may be seen
constexpr uint64_t kListened = ~uint64_t{0} >> 1;      // tags from here on are not guests'
// RFC 8446 5.1: the first record's type, and the bytes before its content.
constexpr unsigned char kTlsHandshake = 0x16;
constexpr ssize_t kTlsHeaderBytes = 5;
constexpr size_t kTlsHelloBytes = 4096;  // clients send 300 to 2,000

std::chrono::nanoseconds Chrono(absl::Duration duration) {
  return absl::ToChronoNanoseconds(duration);
}

// In gRPC's own form: "ipv4:127.0.0.1:41234".
std::string PeerOf(const sockaddr_storage& address) {
  char host[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET6) {
    const auto& ipv6 = reinterpret_cast<const sockaddr_in6&>(address);
    inet_ntop(AF_INET6, &ipv6.sin6_addr, host, sizeof(host));
    return Concat("ipv6:[", host, "]:", ntohs(ipv6.sin6_port));
  }
  const auto& ipv4 = reinterpret_cast<const sockaddr_in&>(address);
  inet_ntop(AF_INET, &ipv4.sin_addr, host, sizeof(host));
  return Concat("ipv4:", host, ":", ntohs(ipv4.sin_port));
}

Descriptor OpenSpare() {
  return Descriptor(open("/dev/null", O_RDONLY | O_CLOEXEC));
}

// Another program cannot foresee it, and so cannot take the names of the door's connections.
std::string RandomName() {
  std::random_device random;
  return Concat("powerdown/", random(), "-", random(), "/");
}

// A pair of sockets of which the first, for gRPC, sees the second by `name`.
struct Pair {
  Descriptor served, ours;
};
absl::StatusOr<Pair> OpenPair(const std::string& name) {
  int numbers[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, numbers) != 0) {
    return absl::ResourceExhaustedError("the daemon has no descriptors left");
  }
  Pair pair{Descriptor(numbers[0]), Descriptor(numbers[1])};
  sockaddr_un address = {};  // in the abstract namespace: it begins with a zero
  address.sun_family = AF_UNIX;
  const size_t size = name.copy(address.sun_path + 1, sizeof(address.sun_path) - 1);
  if (bind(numbers[1], reinterpret_cast<const sockaddr*>(&address),
           static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + size)) != 0) {
    return absl::InternalError("the daemon cannot name a socket");
  }
  return pair;
}

}  // namespace

Door::Room::Room(const Options& options, OnChange on_change)
    : options_(options),
      on_change_(std::move(on_change)),
      poll_(epoll_create1(EPOLL_CLOEXEC)),
      name_(RandomName()),
      spare_(OpenSpare()),
      handshakes_(kHandshakesAtOnce) {}

Door::Room::~Room() = default;

void Door::Room::Accept(int listener) {
  for (int i = 0; i < kAcceptedAtOnce; ++i) {
    sockaddr_storage peer = {};
    socklen_t size = sizeof(peer);
    Descriptor accepted(
        accept4(listener, reinterpret_cast<sockaddr*>(&peer), &size, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!accepted.is_open() && (errno == EMFILE || errno == ENFILE)) {
      // Otherwise the listener stays ready for ever and this thread never rests.
      spare_.Close();
      accepted = Descriptor(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
      accepted.Close();
      spare_ = OpenSpare();
      options_.on_refused("", "the daemon has no descriptors left");
      return;
    }
    if (!accepted.is_open()) return;
    const int on = 1;
    setsockopt(accepted.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    Add(std::move(accepted), PeerOf(peer), /*has_tls=*/true);
  }
}

void Door::Room::Add(Descriptor connection, std::string origin, bool has_tls) {
  if (is_closed_) return;
  MakeRoomToWait();
  Guest guest;
  guest.outside = std::move(connection);
  guest.address = AddressOf(origin);
  guest.origin = std::move(origin);
  guest.has_tls = has_tls;
  guest.since = Clock::now();
  const uint64_t serial = next_serial_++;
  Guest& added = guests_.emplace(serial, std::move(guest)).first->second;
  Watch(added.outside.number(), serial * 2, EPOLLIN, added.outside_events);
}

void Door::Room::StopLettingIn() {
  is_closed_ = true;
  std::erase_if(guests_, [](const auto& entry) { return entry.second.relay == nullptr; });
}

void Door::Room::SetKnown(uint64_t serial, int64_t most_bytes) {
  const auto found = guests_.find(serial);
  if (found == guests_.end() || found->second.relay == nullptr) return;
  found->second.phase = Phase::kKnown;
  found->second.relay->guard().SetKnown(most_bytes);
}

void Door::Room::Watch(int number, uint64_t tag, uint32_t events, uint32_t& registered) const {
  if (events == registered) return;
  epoll_event event = {};
  event.events = events;
  event.data.u64 = tag;
  // Without an event one would still be told of a hang-up, again and again.
  const int operation = registered == 0 ? EPOLL_CTL_ADD
                        : events == 0   ? EPOLL_CTL_DEL
                                        : EPOLL_CTL_MOD;
  epoll_ctl(poll_.number(), operation, number, &event);
  registered = events;
}

void Door::Room::Listen(int number) const {
  epoll_event event = {};
  event.events = EPOLLIN;
  event.data.u64 = kListened + static_cast<uint64_t>(number);
  epoll_ctl(poll_.number(), EPOLL_CTL_ADD, number, &event);
}

std::vector<int> Door::Room::Await() {
  epoll_event events[kEventsAtOnce];
  const bool is_calm = std::all_of(guests_.begin(), guests_.end(), [](const auto& entry) {
    return entry.second.phase == Phase::kKnown;
  });
  const int count = epoll_wait(poll_.number(), events, kEventsAtOnce,
                               is_calm ? -1 : static_cast<int>(kKeepPeriod.count()));
  std::vector<int> ready;
  for (int i = 0; i < count; ++i) {
    const uint64_t tag = events[i].data.u64;
    if (tag >= kListened) {
      ready.push_back(static_cast<int>(tag - kListened));
    } else if (const auto guest = guests_.find(tag / 2); guest != guests_.end()) {
      OnReady(guest, tag % 2 == 1, events[i].events);
    }
  }
  return ready;
}

void Door::Room::OnReady(Guests::iterator guest, bool is_inside, uint32_t events) {
  if (guest->second.relay == nullptr) return LookAt(guest);
  Relay& relay = *guest->second.relay;
  absl::Status status = is_inside ? relay.MoveOut() : relay.MoveIn();
  // Gone altogether, while the relay does not read because it waits for the other side.
  if (status.ok() && !is_inside && (events & (EPOLLHUP | EPOLLERR)) != 0) {
    status = absl::CancelledError("closed");
  }
  if (absl::IsCancelled(status)) return Close(guest);
  if (!status.ok()) return Refuse(guest, std::string(status.message()));
  const auto bits = [](short of_poll) { return static_cast<uint32_t>(of_poll); };  // the same bits
  const uint64_t tag = guest->first * 2;
  Watch(guest->second.outside.number(), tag, bits(relay.OutsideEvents()),
        guest->second.outside_events);
  Watch(relay.inside(), tag + 1, bits(relay.InsideEvents()), guest->second.inside_events);
}

// A place is for who has sent the whole first record of a handshake; it is left where it is.
void Door::Room::LookAt(Guests::iterator guest) {
  const int outside = guest->second.outside.number();
  unsigned char record[kTlsHeaderBytes + kTlsHelloBytes];
  const ssize_t count = recv(outside, record, sizeof(record), MSG_PEEK);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0) return Close(guest);  // came and went
  if (guest->second.has_tls) {
    if (record[0] != kTlsHandshake) return Refuse(guest, "does not speak TLS");
    ssize_t whole = kTlsHeaderBytes;
    if (count >= whole) whole += record[3] << 8 | record[4];
    if (whole > static_cast<ssize_t>(sizeof(record))) {
      return Refuse(guest, "began TLS with too long a message");
    }
    const int lowest = count < whole ? static_cast<int>(whole) : 1;
    setsockopt(outside, SOL_SOCKET, SO_RCVLOWAT, &lowest, sizeof(lowest));
    if (count < whole) return;  // told again when that much is there
  }
  guest->second.phase = Phase::kWaiting;
  Watch(outside, 0, 0, guest->second.outside_events);
  kept_at_ = {};  // its turn may be now
}

bool Door::Room::LetIn(Guests::iterator guest) {
  const uint64_t serial = guest->first;
  Guest& in = guest->second;
  absl::StatusOr<Pair> pair = OpenPair(Concat(name_, serial, "/", in.origin));
  if (!pair.ok()) {
    Refuse(guest, std::string(pair.status().message()));
    return false;
  }
  in.phase = Phase::kStranger;
  in.since = Clock::now();
  in.relay = std::make_unique<Relay>(
      in.outside.number(), std::move(pair->ours),
      in.has_tls ? std::make_unique<TlsSession>(options_.tls) : nullptr, &accounts_, in.address);
  on_change_(serial, /*is_in=*/true);
  options_.serve(pair->served.Release());
  Watch(in.outside.number(), serial * 2, EPOLLIN, in.outside_events);
  Watch(in.relay->inside(), serial * 2 + 1, EPOLLIN, in.inside_events);
  return true;
}

void Door::Room::CountAll() {
  counts_.clear();
  all_ = Count();
  for (const auto& [serial, guest] : guests_) {
    for (Count* count : {&all_, &counts_[guest.address]}) {
      count->strangers += guest.phase == Phase::kStranger ? 1 : 0;
      count->served += guest.relay != nullptr ? 1 : 0;
      count->waiting += guest.relay == nullptr ? 1 : 0;
    }
  }
}

// Of who waits, first whoever shares an address with the fewest strangers: one that sends many does
// not keep others out. Of those the newest: the oldest may have given up.
bool Door::Room::LetOneIn() {
  CountAll();
  auto best = guests_.end();
  for (auto guest = guests_.begin(); guest != guests_.end(); ++guest) {
    if (guest->second.phase != Phase::kWaiting) continue;
    if (counts_[guest->second.address].served >= kMostConnectionsOfAddress) continue;
    if (best == guests_.end() ||
        counts_[guest->second.address].strangers <= counts_[best->second.address].strangers) {
      best = guest;
    }
  }
  if (best == guests_.end() || all_.served >= options_.most_connections) return false;
  const Count& of_address = counts_[best->second.address];
  if (all_.strangers >= kMostStrangers || of_address.strangers >= kMostStrangersOfAddress) {
    MakeRoomFor(best->second);
    return false;  // in the next round, if so
  }
  return TakeHandshake(Clock::now()) && LetIn(best);
}

bool Door::Room::TakeHandshake(Clock::time_point now) {
  const double periods =
      absl::FDivDuration(absl::FromChrono(now - handshakes_at_), kHandshakePeriod);
  handshakes_ = std::min(kHandshakesAtOnce, handshakes_ + periods);
  handshakes_at_ = now;
  if (handshakes_ < 1) return false;
  handshakes_ -= 1;
  return true;
}

// The longest served stranger goes, of the same address if that is full, once its turn is over.
void Door::Room::MakeRoomFor(const Guest& waiting) {
  const bool is_own = counts_[waiting.address].strangers >= kMostStrangersOfAddress;
  auto oldest = guests_.end();
  for (auto guest = guests_.begin(); guest != guests_.end(); ++guest) {
    if (guest->second.phase != Phase::kStranger) continue;
    if (is_own && guest->second.address != waiting.address) continue;
    if (oldest == guests_.end() || guest->second.since < oldest->second.since) oldest = guest;
  }
  if (oldest == guests_.end()) return;
  if (Clock::now() - oldest->second.since < Chrono(kStrangerTurn)) return;
  Refuse(oldest, "made no call that was admitted, while others wait");
}

void Door::Room::MakeRoomToWait() {
  const auto waiting = std::count_if(guests_.begin(), guests_.end(), [](const auto& entry) {
    return entry.second.relay == nullptr;
  });
  if (waiting < options_.most_waiting) return;
  CountAll();
  auto oldest = guests_.end();
  for (auto guest = guests_.begin(); guest != guests_.end(); ++guest) {
    if (guest->second.relay != nullptr) continue;
    if (oldest == guests_.end() ||
        counts_[guest->second.address].waiting > counts_[oldest->second.address].waiting) {
      oldest = guest;
    }
  }
  if (oldest != guests_.end()) Refuse(oldest, "waited, and too many wait with it");
}

const char* Door::Room::Overdue(const Guest& guest, Clock::time_point now) const {
  const auto age = now - guest.since;
  switch (guest.phase) {
    case Phase::kSilent:
      return age >= Chrono(kWaitLimit) ? "sent nothing, or half a greeting" : nullptr;
    case Phase::kWaiting:
      return age >= Chrono(kWaitLimit) ? "waited, and the daemon has too many connections"
                                       : nullptr;
    case Phase::kStranger:
      if (age >= Chrono(kStrangerLimit)) return "made no call that was admitted";
      if (age < Chrono(kFirstCallLimit) || guest.relay->guard().has_called()) return nullptr;
      return "made no call";
    case Phase::kKnown:
      return nullptr;
  }
  return nullptr;
}

void Door::Room::Keep() {
  const Clock::time_point now = Clock::now();
  if (now - kept_at_ < kKeepPeriod) return;
  kept_at_ = now;
  for (auto next = guests_.begin(); next != guests_.end();) {
    const auto guest = next++;
    if (const char* why = Overdue(guest->second, now)) Refuse(guest, why);
  }
  while (LetOneIn()) {
  }
}

void Door::Room::Refuse(Guests::iterator guest, const std::string& why) {
  options_.on_refused(guest->second.origin, why);
  Close(guest);
}

void Door::Room::Close(Guests::iterator guest) {
  on_change_(guest->first, /*is_in=*/false);
  guests_.erase(guest);
  kept_at_ = {};  // somebody may wait for the place
}

}  // namespace powerdown
