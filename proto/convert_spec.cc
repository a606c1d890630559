#include <string>
#include <variant>

#include "absl/strings/str_cat.h"
#include "common/base/utf8.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "proto/convert.h"

namespace powerdown {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Reflection;

const FieldDescriptor* WireField(const SpecField& field) {
  return v1::RunSpec::descriptor()->FindFieldByName(std::string(field.name));
}

struct Setter {
  const RunSpec& from;
  v1::RunSpec& to;
  const FieldDescriptor* field;

  void operator()(std::string RunSpec::*member) const {
    to.GetReflection()->SetString(&to, field, ToUtf8(from.*member));
  }
  void operator()(int64_t RunSpec::*member) const {
    to.GetReflection()->SetInt64(&to, field, from.*member);
  }
  void operator()(double RunSpec::*member) const {
    to.GetReflection()->SetDouble(&to, field, from.*member);
  }
};

struct Getter {
  const v1::RunSpec& from;
  RunSpec& to;
  const FieldDescriptor* field;

  void operator()(std::string RunSpec::*member) const {
    to.*member = from.GetReflection()->GetString(from, field);
  }
  void operator()(int64_t RunSpec::*member) const {
    to.*member = from.GetReflection()->GetInt64(from, field);
  }
  void operator()(double RunSpec::*member) const {
    to.*member = from.GetReflection()->GetDouble(from, field);
  }
};

}  // namespace

v1::RunSpec ToWire(const RunSpec& spec) {
  v1::RunSpec wire;
  for (const SpecField& field : SpecFields()) {
    std::visit(Setter{spec, wire, WireField(field)}, field.member);
  }
  return wire;
}

RunSpec FromWire(const v1::RunSpec& wire) {
  RunSpec spec;
  for (const SpecField& field : SpecFields()) {
    const FieldDescriptor* wire_field = WireField(field);
    if (!wire.GetReflection()->HasField(wire, wire_field)) continue;
    std::visit(Getter{wire, spec, wire_field}, field.member);
  }
  return spec;
}

absl::StatusOr<RunSpec> SpecOfRequest(const v1::RunSpec& wire) {
  const google::protobuf::UnknownFieldSet& unknown = wire.GetReflection()->GetUnknownFields(wire);
  if (!unknown.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("spec: field number ", unknown.field(0).number(),
                     " is not known to this daemon, which is older than the client; update it"));
  }
  return FromWire(wire);
}

}  // namespace powerdown
