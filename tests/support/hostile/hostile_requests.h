// Requests that a broken or hostile client could send, from a seed. Not thread-safe.
#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/message.h>

#include <cstdint>
#include <limits>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace powerdown {

struct HostileRequest {
  std::string method;  // "/powerdown.v1.RunService/GetRun"
  std::string bytes;
  std::string token;
};

class HostileRequests {
 public:
  // `known` are ids and names that mean something to the daemon, among the hostile ones.
  HostileRequests(uint64_t seed, std::vector<std::string> known, std::vector<std::string> tokens)
      : random_(seed), texts_(std::move(known)), tokens_(std::move(tokens)) {
    const std::vector<std::string> hostile = {"../../etc/passwd",
                                              "/etc/passwd",
                                              "..",
                                              "/",
                                              ".",
                                              "../../../outside/canary",
                                              "table:../../outside/canary",
                                              "table:/etc/passwd",
                                              std::string("run\0.db", 7),
                                              std::string(1, '\0'),
                                              "powerdown.db",
                                              "../powerdown.db",
                                              "'; DROP TABLE runs; --",
                                              "%s%n%99999999d",
                                              "\x1b[2J\r\n",
                                              "x+x*(((((((((((((((y",
                                              std::string(2000, '('),
                                              std::string(5000, 'A'),
                                              "1e309Wh",
                                              "$(touch hostile)",
                                              "state = \"queued\" AND (((",
                                              "\xf0\x9f\x98\x80"};
    texts_.insert(texts_.end(), hostile.begin(), hostile.end());
    for (const char* service : {"RunService", "ComparisonService", "ForecastService",
                                "PowerService", "QuizService", "AdminService", "AccessService"}) {
      const auto* found = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
          std::string("powerdown.v1.") + service);
      if (found == nullptr) {
        throw std::logic_error(std::string(service) + " is not linked into this program");
      }
      for (int i = 0; i < found->method_count(); ++i) methods_.push_back(found->method(i));
    }
  }

  HostileRequest Next() {
    const auto* method = NextMethod();
    HostileRequest request{"/" + method->service()->full_name() + "/" + method->name(), "",
                           tokens_[Below(tokens_.size())]};
    switch (Below(8)) {
      case 0:
        request.bytes = RandomBytes(Below(300));
        break;
      case 1:  // another method's
        request.bytes = Filled(methods_[Below(methods_.size())]);
        break;
      case 2:
        request.bytes = Damaged(Filled(method));
        break;
      case 3:
        request.method = UnknownMethod(request.method);
        request.bytes = Filled(method);
        break;
      case 4:
        request.token = "pd_" + texts_.front() + "_" + std::to_string(random_());
        break;
      default:
        request.bytes = Filled(method);
    }
    return request;
  }
  std::string RandomBytes(size_t count) {
    std::string bytes(count, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random_());
    return bytes;
  }
  size_t Below(size_t limit) { return static_cast<size_t>(random_() % limit); }

 private:
  const google::protobuf::MethodDescriptor* NextMethod() {
    for (;;) {
      const auto* method = methods_[Below(methods_.size())];
      const std::string& name = method->name();
      // Each of these copies or checks the whole database.
      const bool is_expensive = name == "CreateBackup" || name == "Diagnose";
      if (!is_expensive || Below(200) == 0) return method;
    }
  }
  std::string Filled(const google::protobuf::MethodDescriptor* method) {
    const std::unique_ptr<google::protobuf::Message> message(
        google::protobuf::MessageFactory::generated_factory()
            ->GetPrototype(method->input_type())
            ->New());
    Fill(*message, 0);
    return message->SerializeAsString();
  }
  // NOLINTNEXTLINE(misc-no-recursion): three levels.
  void Fill(google::protobuf::Message& message, int depth) {
    const auto* type = message.GetDescriptor();
    for (int i = 0; i < type->field_count(); ++i) {
      const auto* field = type->field(i);
      if (Below(2) == 0 || (depth == 3 && field->message_type() != nullptr)) continue;
      const size_t times = field->is_repeated() ? Below(4) : 1;
      for (size_t n = 0; n < times; ++n) Set(message, field, depth);
    }
  }
  // NOLINTNEXTLINE(misc-no-recursion)
  void Set(google::protobuf::Message& message, const google::protobuf::FieldDescriptor* field,
           int depth) {
    using Field = google::protobuf::FieldDescriptor;
    const auto* reflection = message.GetReflection();
    const auto put = [&](auto add, auto set, auto value) {
      field->is_repeated() ? (reflection->*add)(&message, field, value)
                           : (reflection->*set)(&message, field, value);
    };
    using R = google::protobuf::Reflection;
    switch (field->cpp_type()) {
      case Field::CPPTYPE_STRING:
        return put(&R::AddString, &R::SetString, texts_[Below(texts_.size())]);
      case Field::CPPTYPE_MESSAGE:
        return Fill(*(field->is_repeated() ? reflection->AddMessage(&message, field)
                                           : reflection->MutableMessage(&message, field)),
                    depth + 1);
      case Field::CPPTYPE_INT64:
        return put(&R::AddInt64, &R::SetInt64, Integer());
      case Field::CPPTYPE_UINT64:
        return put(&R::AddUInt64, &R::SetUInt64, static_cast<uint64_t>(Integer()));
      case Field::CPPTYPE_INT32:
        return put(&R::AddInt32, &R::SetInt32, static_cast<int32_t>(Integer()));
      case Field::CPPTYPE_UINT32:
        return put(&R::AddUInt32, &R::SetUInt32, static_cast<uint32_t>(Integer()));
      case Field::CPPTYPE_DOUBLE:
        return put(&R::AddDouble, &R::SetDouble, Number());
      case Field::CPPTYPE_FLOAT:
        return put(&R::AddFloat, &R::SetFloat, static_cast<float>(Number()));
      case Field::CPPTYPE_BOOL:
        return put(&R::AddBool, &R::SetBool, Below(2) == 0);
      case Field::CPPTYPE_ENUM:
        return put(&R::AddEnumValue, &R::SetEnumValue, static_cast<int>(Below(1000)) - 5);
    }
  }
  int64_t Integer() {
    const int64_t edges[] = {
        0, 1, -1, 7, 97, 100000, 1'000, -2'000'000, INT64_MAX, std::numeric_limits<int64_t>::min()};
    return Below(4) == 0 ? static_cast<int64_t>(random_()) : edges[Below(std::size(edges))];
  }
  double Number() {
    const double edges[] = {0.0,
                            -0.0,
                            1.0,
                            0.5,
                            -1e300,
                            1e308,
                            5e-324,
                            std::numeric_limits<double>::infinity(),
                            -std::numeric_limits<double>::infinity(),
                            std::numeric_limits<double>::quiet_NaN()};
    return edges[Below(std::size(edges))];
  }
  // Cut short, longer than it says, or with some bits wrong.
  std::string Damaged(std::string bytes) {
    if (bytes.empty()) return "\x0a\xff\xff\xff\xff\x0f";
    if (Below(3) == 0) return bytes.substr(0, Below(bytes.size()));
    for (size_t i = 0; i < 1 + Below(5); ++i) {
      bytes[Below(bytes.size())] ^= static_cast<char>(1 << Below(8));
    }
    return bytes;
  }
  std::string UnknownMethod(const std::string& method) {
    const std::string names[] = {method + "X",
                                 "/powerdown.v1.RunService/",
                                 "/powerdown.v2.RunService/GetRun",
                                 "/../../etc/passwd",
                                 "/",
                                 "/grpc.health.v1.Health/Watcher"};
    return names[Below(std::size(names))];
  }

  std::mt19937_64 random_;
  std::vector<std::string> texts_;
  const std::vector<std::string> tokens_;
  std::vector<const google::protobuf::MethodDescriptor*> methods_;
};

}  // namespace powerdown
