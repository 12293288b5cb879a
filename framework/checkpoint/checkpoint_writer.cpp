#include "framework/checkpoint/checkpoint_writer.h"

#include <algorithm>
#include <array>

namespace lockstep {
namespace {

constexpr std::size_t kPieceElements = 1U << 20;

std::array<std::uint64_t, 2> shape_of(const Parameter& parameter) {
  return {parameter.rows, parameter.columns};
}

}  // namespace

std::vector<SlotPiece> slot_pieces(const ParameterLayout& layout, std::size_t slots) {
  std::vector<SlotPiece> pieces;
  for (std::size_t slot = 0; slot < slots; ++slot) {
    for (std::size_t index = 0; index < layout.parameters().size(); ++index) {
      const Parameter& parameter = layout[index];
      for (std::size_t offset = 0; offset < parameter.size(); offset += kPieceElements) {
        const std::size_t count = std::min(kPieceElements, parameter.size() - offset);
        pieces.push_back({slot, index, offset, parameter.offset + offset, count});
      }
    }
  }
  return pieces;
}

FileDigest write_checkpoint(const std::filesystem::path& path, const CheckpointContents& contents,
                            const FileSystem& files) {
  FileWriter file(path, kCheckpointFormat, files);
  write_record(file, contents.record);
  contents.write_vocabularies(file);
  std::vector<std::string> names;
  for (const Parameter& parameter : contents.layout.parameters()) names.push_back(parameter.name);
  file.write_texts(kParameterOrder, names);
  for (const Parameter& parameter : contents.layout.parameters()) {
    file.write<float>("model/" + parameter.name, contents.parameters.subspan(parameter.offset, parameter.size()),
                      shape_of(parameter));
  }
  std::vector<float> values;
  for (const SlotPiece& piece : slot_pieces(contents.layout, contents.slots.size())) {
    const Parameter& parameter = contents.layout[piece.parameter];
    const std::string name = "optimizer/" + contents.slots[piece.slot] + "/" + parameter.name;
    if (piece.offset == 0) file.create(name, ElementType::kFloat32, shape_of(parameter));
    values.resize(piece.count);
    contents.fetch_slot(piece, values);
    file.write_part<float>(name, piece.offset, values);
  }
  return file.commit();
}

}  // namespace lockstep
