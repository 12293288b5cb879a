#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "framework/checkpoint/run_record.h"
#include "framework/layers/parameters.h"

namespace lockstep {

/// Names of all parameters, in the order of the flat array.
inline constexpr const char* kParameterOrder = "parameter_order";

/// A run of elements of one parameter within one optimizer slot.
struct SlotPiece {
  std::size_t slot = 0;
  std::size_t parameter = 0;
  std::size_t offset = 0;  ///< first element within the parameter
  std::size_t begin = 0;   ///< the same element within the flat array
  std::size_t count = 0;
};

/// The pieces in which slots are fetched, in order: so that ranks that only send know what is asked of them. Pieces are
/// short enough for memory not to grow with the model.
[[nodiscard]] std::vector<SlotPiece> slot_pieces(const ParameterLayout& layout, std::size_t slots);

/// What goes into a checkpoint.
struct CheckpointContents {
  const ParameterLayout& layout;
  std::span<const float> parameters;  ///< layout.size() elements
  std::vector<std::string> slots;     ///< names
  /// Fills `into` with a piece of a slot; called once for each of slot_pieces(), in order.
  std::function<void(const SlotPiece& piece, std::span<float> into)> fetch_slot;
  const RunRecord& record;
  /// Writes what belongs to the corpus, below /vocabulary.
  std::function<void(FileWriter&)> write_vocabularies;
};

/// Writes a checkpoint that appears whole or not at all. Throws RunError.
FileDigest write_checkpoint(const std::filesystem::path& path, const CheckpointContents& contents,
                            const FileSystem& files = disk());

}  // namespace lockstep
