#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "framework/checkpoint/run_record.h"
#include "framework/layers/parameters.h"

namespace lockstep {

/// A parameter as a checkpoint holds it.
struct StoredParameter {
  std::string name;
  std::uint64_t rows = 0;
  std::uint64_t columns = 0;
};

/// Reads a checkpoint whatever number of ranks wrote it. Opening verifies every byte; throws DataError.
class CheckpointReader {
 public:
  explicit CheckpointReader(const std::filesystem::path& path);

  [[nodiscard]] const std::filesystem::path& path() const { return file_.path(); }
  [[nodiscard]] const RunRecord& record() const { return record_; }
  /// For vocabularies, which only the corpus understands.
  [[nodiscard]] const FileReader& file() const { return file_; }
  /// Hands on the values of a stored array ("model/output/W_o") piece by piece, so that memory stays small.
  void read_pieces(const std::string& name, std::uint64_t size,
                   const std::function<void(std::span<const float>)>& take) const;
  /// Names of the optimizer's slots, sorted.
  [[nodiscard]] std::vector<std::string> slots() const;
  /// All parameters, in the order of the flat array.
  [[nodiscard]] std::vector<StoredParameter> parameters() const;

  /// Throws DataError unless the checkpoint has exactly the layout's parameters, with their shapes, in /model and for
  /// each of `slots`.
  void check_layout(const ParameterLayout& layout, std::span<const std::string> slots) const;

  /// All parameters into a flat array of at least layout.size() elements; padding is left as it is.
  void read_model(const ParameterLayout& layout, std::span<float> flat) const;
  /// Elements [begin, begin + into.size()) of a slot's flat array; padding is left as it is.
  void read_slot(const ParameterLayout& layout, std::string_view slot, std::size_t begin, std::span<float> into) const;

 private:
  void read_range(const ParameterLayout& layout, const std::string& group, std::size_t begin,
                  std::span<float> into) const;

  FileReader file_;
  RunRecord record_;
};

}  // namespace lockstep
