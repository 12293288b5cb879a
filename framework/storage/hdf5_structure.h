#pragma once

#include <filesystem>
#include <string_view>

#include "framework/storage/descriptor.h"

namespace lockstep {

/// Throws DataError with `path`, place and `remedy` unless the file behind its user block is what FileWriter makes and
/// nothing else: groups that nothing leads out of, datasets of our element types that lie in one piece inside the file,
/// texts whose every byte is there. To be asked before HDF5 opens a file.
///
/// The digest protects against accidents, and whoever forges a file can make one. HDF5 1.10.8 has memory errors with
/// forged files, and its format can name other files to open (external links, external and virtual datasets) and code
/// to load (filters). All of that is beyond what we write: it is refused here by shape, before any of it is looked at.
/// Memory stays small, time grows with the file.
void check_structure(const Descriptor& file, const std::filesystem::path& path, std::string_view remedy);

}  // namespace lockstep
