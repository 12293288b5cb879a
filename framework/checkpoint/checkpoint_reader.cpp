#include "framework/checkpoint/checkpoint_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "framework/checkpoint/checkpoint_writer.h"
#include "framework/core/errors.h"

namespace lockstep {
CheckpointReader::CheckpointReader(const std::filesystem::path& path)
    : file_(path, kCheckpointFormat), record_(read_record(file_)) {}

std::vector<std::string> CheckpointReader::slots() const {
  return file_.has("optimizer") ? file_.list("optimizer") : std::vector<std::string>{};
}

std::vector<StoredParameter> CheckpointReader::parameters() const {
  std::vector<StoredParameter> result;
  for (std::string& name : file_.read_texts(kParameterOrder)) {
    const std::vector<std::uint64_t> shape = file_.shape("model/" + name);
    if (shape.size() != 2) throw DataError(fmt::format("{}: model/{} has no two dimensions", path().string(), name));
    result.push_back({std::move(name), shape[0], shape[1]});
  }
  return result;
}

void CheckpointReader::check_layout(const ParameterLayout& layout, std::span<const std::string> slots) const {
  const auto refuse = [&](const std::string& what) {
    throw DataError(
        fmt::format("{}: {}; this program's model has other parameters than the checkpoint's, go on with the "
                    "program that wrote it or begin anew with --fresh",
                    path().string(), what));
  };
  const std::size_t stored = parameters().size();
  if (stored != layout.parameters().size()) {
    refuse(fmt::format("{} parameters instead of {}", stored, layout.parameters().size()));
  }
  std::vector<std::string> groups{"model/"};
  for (const std::string& slot : slots) groups.push_back("optimizer/" + slot + "/");
  for (const std::string& group : groups) {
    for (const Parameter& parameter : layout.parameters()) {
      const std::string name = group + parameter.name;
      if (!file_.has(name)) refuse("there is no " + name);
      if (file_.shape(name) != std::vector<std::uint64_t>{parameter.rows, parameter.columns}) {
        refuse(fmt::format("{} is not {} x {}", name, parameter.rows, parameter.columns));
      }
    }
  }
}

void CheckpointReader::read_range(const ParameterLayout& layout, const std::string& group, std::size_t begin,
                                  std::span<float> into) const {
  const std::size_t end = begin + into.size();
  for (const Parameter& parameter : layout.parameters()) {
    const std::size_t first = std::max(begin, parameter.offset);
    const std::size_t last = std::min(end, parameter.offset + parameter.size());
    if (first >= last) continue;
    file_.read_part<float>(group + parameter.name, first - parameter.offset, into.subspan(first - begin, last - first));
  }
}

void CheckpointReader::read_model(const ParameterLayout& layout, std::span<float> flat) const {
  read_range(layout, "model/", 0, flat);
}

void CheckpointReader::read_slot(const ParameterLayout& layout, std::string_view slot, std::size_t begin,
                                 std::span<float> into) const {
  read_range(layout, fmt::format("optimizer/{}/", slot), begin, into);
}

void CheckpointReader::read_pieces(const std::string& name, std::uint64_t size,
                                   const std::function<void(std::span<const float>)>& take) const {
  constexpr std::uint64_t kPiece = 1U << 20;
  std::vector<float> values;
  for (std::uint64_t begin = 0; begin < size; begin += kPiece) {
    values.resize(std::min(kPiece, size - begin));
    file().read_part<float>(name, begin, values);
    take(values);
  }
}

}  // namespace lockstep
