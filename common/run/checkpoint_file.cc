#include "common/run/checkpoint_file.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <memory>

#include "absl/strings/escaping.h"
#include "common/base/json.h"
#include "common/base/json_reader.h"
#include "common/base/sha256.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/run/run_json.h"
#include "common/run/run_json_reading.h"

namespace powerdown {
namespace {

static_assert(std::endian::native == std::endian::little, "tensors are copied as they are");

// magic · 8 bytes: length of the header · header · tensors one behind the other · 32 bytes: SHA-256
// of all before.
constexpr std::string_view kMagic = "powerdown-checkpoint\n";
constexpr size_t kLengthBytes = 8;

std::string LengthBytes(uint64_t length) {
  std::string bytes;
  for (size_t i = 0; i < kLengthBytes; ++i) bytes.push_back(static_cast<char>(length >> (8 * i)));
  return bytes;
}

uint64_t ReadLength(std::string_view bytes) {
  uint64_t length = 0;
  for (size_t i = kLengthBytes; i-- > 0;) length = length << 8 | static_cast<uint8_t>(bytes[i]);
  return length;
}

std::string HeaderText(const CheckpointContent& content) {
  Json tensors = Json::array();
  uint64_t offset = 0;
  for (const CheckpointTensor& tensor : content.tensors) {
    tensors.push_back({{"name", tensor.name},
                       {"dtype", tensor.dtype},
                       {"shape", tensor.shape},
                       {"offset", offset}});
    offset += tensor.bytes.size();
  }
  return JsonText({{"version", kCheckpointVersion},
                   {"spec", SpecJson(content.spec)},
                   {"step", content.step},
                   {"label", content.label.name()},
                   {"kind", content.kind.name()},
                   {"extra", content.extra_json},
                   {"tensors", std::move(tensors)}});
}

// Nullopt for an unknown dtype, a negative size, or more bytes than any file has.
std::optional<uint64_t> TensorBytes(const CheckpointTensor& tensor) {
  uint64_t bytes = tensor.dtype == "f64" || tensor.dtype == "i64" ? 8
                   : tensor.dtype == "f32"                        ? 4
                   : tensor.dtype == "u8"                         ? 1
                                                                  : 0;
  if (bytes == 0) return std::nullopt;
  for (const int64_t size : tensor.shape) {
    if (size < 0) return std::nullopt;
    if (size > 0 && bytes > std::numeric_limits<int64_t>::max() / static_cast<uint64_t>(size)) {
      return std::nullopt;
    }
    bytes *= static_cast<uint64_t>(size);
  }
  return bytes;
}

absl::Status Damaged(std::string_view why) {
  return absl::DataLossError(Concat("checkpoint is damaged: ", why));
}

// Cuts the next tensor off the front of `rest`.
absl::StatusOr<CheckpointTensor> ReadTensor(const Json& json, uint64_t offset,
                                            std::string_view& rest) {
  JsonReader reader(json);
  CheckpointTensor tensor;
  tensor.name = reader.Text("name");
  tensor.dtype = reader.Text("dtype");
  for (const Json& size : reader.Array("shape")) {
    if (!size.is_number_integer()) return Damaged("a shape is not of whole numbers");
    tensor.shape.push_back(size.get<int64_t>());
  }
  if (reader.Whole("offset") != static_cast<int64_t>(offset)) reader.Fail("an offset is wrong");
  if (!reader.status().ok()) return Damaged(StdView(reader.status().message()));
  const std::optional<uint64_t> bytes = TensorBytes(tensor);
  if (!bytes || *bytes > rest.size()) return Damaged(Concat(tensor.name, " does not fit"));
  tensor.bytes = std::string(rest.substr(0, *bytes));
  rest.remove_prefix(*bytes);
  return tensor;
}

absl::StatusOr<CheckpointContent> ReadContent(const Json& header, std::string_view rest) {
  JsonReader reader(header);
  CheckpointContent content;
  content.step = reader.Whole("step");
  content.label = Named<CheckpointLabel>::Parse(reader.Text("label"));
  content.kind = Named<CheckpointKind>::Parse(reader.Text("kind"));
  content.extra_json = reader.Text("extra");
  const Json& spec = reader.Object("spec");
  const Json& tensors = reader.Array("tensors");
  if (!reader.status().ok()) return Damaged(StdView(reader.status().message()));
  const absl::StatusOr<RunSpec> parsed = SpecFromObject(spec);
  if (!parsed.ok()) return Damaged(StdView(parsed.status().message()));
  content.spec = *parsed;
  const size_t all = rest.size();
  for (const Json& json : tensors) {
    ASSIGN_OR_RETURN(CheckpointTensor tensor, ReadTensor(json, all - rest.size(), rest));
    content.tensors.push_back(std::move(tensor));
  }
  if (!rest.empty()) return Damaged("there is more than its tensors");
  return content;
}

// The spec without what shapes no weight.
RunSpec ShapingSpec(RunSpec spec) {
  const RunSpec standard;
  spec.max_steps = standard.max_steps;
  spec.evaluate_every = standard.evaluate_every;
  spec.device = standard.device;
  return spec;
}

}  // namespace

std::string EncodeCheckpoint(const CheckpointContent& content) {
  const std::string header = HeaderText(content);
  std::string bytes = Concat(kMagic, LengthBytes(header.size()), header);
  size_t size = bytes.size() + Sha256::kDigestBytes;
  for (const CheckpointTensor& tensor : content.tensors) size += tensor.bytes.size();
  bytes.reserve(size);
  for (const CheckpointTensor& tensor : content.tensors) bytes += tensor.bytes;
  bytes += Sha256Of(bytes);
  return bytes;
}

absl::StatusOr<CheckpointContent> DecodeCheckpoint(std::string_view bytes) {
  if (!bytes.starts_with(kMagic)) {
    return absl::InvalidArgumentError("is not a PowerDown checkpoint");
  }
  std::string_view rest = bytes.substr(kMagic.size());
  if (rest.size() < kLengthBytes + Sha256::kDigestBytes) return Damaged("the file is too short");
  const uint64_t length = ReadLength(rest);
  rest.remove_prefix(kLengthBytes);
  if (length > rest.size() - Sha256::kDigestBytes) return Damaged("the file is too short");
  const Json header = ParseJson(rest.substr(0, length)).value_or(Json());
  // Before the checksum, which a newer version may place elsewhere.
  JsonReader reader(header);
  const int64_t version = reader.Whole("version");
  if (reader.status().ok() && version > kCheckpointVersion) {
    return absl::FailedPreconditionError(Concat("checkpoint has format version ", version,
                                                ", newer than ", kCheckpointVersion,
                                                ", which is the newest that this program reads"));
  }
  const std::string_view digest = bytes.substr(bytes.size() - Sha256::kDigestBytes);
  if (Sha256Of(bytes.substr(0, bytes.size() - Sha256::kDigestBytes)) != digest) {
    return Damaged("its checksum is wrong");
  }
  return ReadContent(header, rest.substr(length, rest.size() - length - Sha256::kDigestBytes));
}

std::string CheckpointHash(const CheckpointContent& content) {
  std::vector<const CheckpointTensor*> tensors;
  for (const CheckpointTensor& tensor : content.tensors) {
    if (tensor.name.starts_with(kModelTensorPrefix)) tensors.push_back(&tensor);
  }
  std::sort(tensors.begin(), tensors.end(),
            [](const auto* a, const auto* b) { return a->name < b->name; });
  Sha256 sha256;
  sha256.Add(JsonText({{"spec", *ParseJson(CanonicalSpecJson(ShapingSpec(content.spec)))},
                       {"step", content.step}}));
  for (const CheckpointTensor* tensor : tensors) {
    sha256.Add(
        JsonText({{"name", tensor->name}, {"dtype", tensor->dtype}, {"shape", tensor->shape}}));
    sha256.Add(tensor->bytes);
  }
  return absl::BytesToHexString(sha256.Digest());
}

}  // namespace powerdown
