#pragma once

#include <cstddef>
#include <filesystem>
#include <string_view>

#include "framework/inspection/alignments_file.h"

namespace lockstep {

/// Matrices of more weights than this are left out of a page, which says so in their place.
inline constexpr std::size_t kLargestPageMatrix = 4'000'000;

/// Writes one web page that shows all sentences of an alignments file, opens from disk and loads nothing else. Its
/// weights are rounded to ten-thousandths. `name`: what the page calls the file. Memory grows with the distinct tokens
/// alone. Throws RunError when the page can't be written, DataError when the alignments are bad.
void write_alignments_page(const AlignmentsReader& alignments, std::string_view name,
                           const std::filesystem::path& page);

}  // namespace lockstep
