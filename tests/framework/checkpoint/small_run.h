#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "framework/checkpoint/checkpoint_writer.h"

namespace lockstep {
/// A small run: three parameters, two slots.
struct SmallRun {
  ParameterLayout layout;
  std::vector<float> parameters;
  std::vector<std::vector<float>> slots;
  RunRecord record;

  /// `rows` of output/W, whose columns are 1000; 1100 rows are more than a piece.
  explicit SmallRun(std::size_t rows = 1100) {
    layout.add("encoder/forward/U", 3, 5, {});
    layout.add("output/W", rows, 1000, {});
    layout.add("output/bias", 1, 7, {});
    parameters.resize(layout.size(), 0.0F);
    slots.resize(2, std::vector<float>(layout.size(), 0.0F));
    for (const Parameter& parameter : layout.parameters()) {
      for (std::size_t i = parameter.offset; i < parameter.offset + parameter.size(); ++i) {
        parameters[i] = static_cast<float>(std::sin(static_cast<double>(i)));
        slots[0][i] = static_cast<float>(i);
        slots[1][i] = static_cast<float>(i) * 0.5F;
      }
    }
    record.progress = {17, 2, 3, 4711, 3, 1, 10, 1.25, 31.5};
    record.history = {{5, 0, 100, 2.5}, {10, 1, 100, 1.25, 31.5}, {15, 1, 100, 1.5}};
    record.compute = {"openblas 0.3.21", "AVX2"};
    record.configuration = "run: runs/x\nseed: 1\n";
    record.corpus_digest = "0123";
    record.program_version = "0.1.0";
  }

  /// Calls `use` with what goes into its checkpoint.
  void with_contents(const std::function<void(const CheckpointContents&)>& use) const {
    const auto fetch = [&](const SlotPiece& piece, std::span<float> into) {
      std::copy_n(slots[piece.slot].begin() + static_cast<std::ptrdiff_t>(piece.begin), piece.count, into.begin());
    };
    use({layout, parameters, {"m", "v"}, fetch, record, [](FileWriter& file) {
           file.write_text("vocabulary/source", "words");
         }});
  }

  void write(const std::filesystem::path& path) const {
    with_contents([&](const CheckpointContents& contents) { write_checkpoint(path, contents); });
  }
};

}  // namespace lockstep
