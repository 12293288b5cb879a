#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "framework/checkpoint/checkpoint_reader.h"
#include "framework/inspection/line_chart.h"

namespace lockstep {

/// What a checkpoint holds, in lines for people: place in the run, scores, how it was computed, configuration, and each
/// parameter with its shape, L2 norm and those of the optimizer's slots.
[[nodiscard]] std::string describe_checkpoint(const CheckpointReader& checkpoint);

/// The curves of the validations of a run; none where there were none.
[[nodiscard]] std::vector<LineChart> validation_curves(const RunRecord& record);

/// Prints the summary of a checkpoint and the curves of its validations, in `color` (auto, always, never), to standard
/// output; or only the digest of its state; or writes the curves as a page where one is named. Throws DataError when it
/// is none or is damaged, RunError.
void inspect_checkpoint(const std::filesystem::path& file, bool digest_only, const std::string& color,
                        const std::string& page);

}  // namespace lockstep
