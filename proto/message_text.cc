#include "proto/message_text.h"

#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/base/text_limits.h"
#include "common/base/utf8.h"
#include "google/protobuf/descriptor.h"

namespace powerdown {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

std::vector<const FieldDescriptor*> SetFields(const Message& message) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  return fields;
}

absl::Status CheckTextField(const Message& message, const FieldDescriptor* field) {
  const Reflection& reflection = *message.GetReflection();
  std::string scratch;
  if (!field->is_repeated()) {
    return CheckText(field->name(), reflection.GetStringReference(message, field, &scratch));
  }
  const int items = reflection.FieldSize(message, field);
  RETURN_IF_ERROR(CheckItems(field->name(), static_cast<size_t>(items)));
  for (int i = 0; i < items; ++i) {
    RETURN_IF_ERROR(CheckText(field->name(),
                              reflection.GetRepeatedStringReference(message, field, i, &scratch)));
  }
  return absl::OkStatus();
}

void MakeFieldUtf8(Message& message, const FieldDescriptor* field) {
  const Reflection& reflection = *message.GetReflection();
  std::string scratch;
  if (!field->is_repeated()) {
    const std::string& text = reflection.GetStringReference(message, field, &scratch);
    if (!IsUtf8(text)) reflection.SetString(&message, field, ToUtf8(text));
    return;
  }
  for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
    const std::string& text = reflection.GetRepeatedStringReference(message, field, i, &scratch);
    if (!IsUtf8(text)) reflection.SetRepeatedString(&message, field, i, ToUtf8(text));
  }
}

}  // namespace

// Recursion is as deep as the messages of proto/powerdown/v1 are nested: none holds itself.
absl::Status CheckTexts(const Message& request) {
  const Reflection& reflection = *request.GetReflection();
  for (const FieldDescriptor* field : SetFields(request)) {
    if (field->type() == FieldDescriptor::TYPE_STRING) {
      RETURN_IF_ERROR(CheckTextField(request, field));
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !field->is_repeated()) {
      RETURN_IF_ERROR(CheckTexts(reflection.GetMessage(request, field)));
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      const int items = reflection.FieldSize(request, field);
      for (int i = 0; i < items; ++i) {
        RETURN_IF_ERROR(CheckTexts(reflection.GetRepeatedMessage(request, field, i)));
      }
    }
  }
  return absl::OkStatus();
}

void MakeUtf8(Message& message) {
  const Reflection& reflection = *message.GetReflection();
  for (const FieldDescriptor* field : SetFields(message)) {
    if (field->type() == FieldDescriptor::TYPE_STRING) {
      MakeFieldUtf8(message, field);
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !field->is_repeated()) {
      MakeUtf8(*reflection.MutableMessage(&message, field));
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      const int items = reflection.FieldSize(message, field);
      for (int i = 0; i < items; ++i) {
        MakeUtf8(*reflection.MutableRepeatedMessage(&message, field, i));
      }
    }
  }
}

}  // namespace powerdown
