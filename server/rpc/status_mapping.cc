#include "server/rpc/status_mapping.h"

#include "common/base/text.h"
#include "common/base/text_limits.h"
#include "common/base/utf8.h"
#include "powerdown/v1/types.pb.h"

namespace powerdown {
namespace {

constexpr char kErrorInfoType[] = "type.googleapis.com/google.rpc.ErrorInfo";

}  // namespace

grpc::Status ToGrpcStatus(const absl::Status& status, const ErrorMetadata& metadata) {
  if (status.ok()) return grpc::Status::OK;
  const std::string message = ShortText(StdView(status.message()), kMostTextBytes);

  v1::ErrorInfo info;
  info.set_reason(absl::StatusCodeToString(status.code()));
  info.set_domain(kErrorDomain);
  for (const auto& [key, value] : metadata)
    (*info.mutable_metadata())[key] = ShortText(value, kMostTextBytes);

  v1::ErrorStatus details;
  details.set_code(static_cast<int32_t>(status.code()));
  details.set_message(message);
  v1::ErrorAny* any = details.add_details();
  any->set_type_url(kErrorInfoType);
  any->set_value(info.SerializeAsString());
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), message,
                      details.SerializeAsString());
}

ErrorMetadata IdentifiersOf(const google::protobuf::Message& request) {
  ErrorMetadata identifiers;
  for (const char* name : {"run_id", "comparison_id"}) {
    const auto* field = request.GetDescriptor()->FindFieldByName(name);
    if (field == nullptr) continue;
    std::string value = request.GetReflection()->GetString(request, field);
    if (!value.empty()) identifiers[name] = std::move(value);
  }
  return identifiers;
}

}  // namespace powerdown
