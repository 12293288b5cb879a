#pragma once

#include <hdf5.h>

#include <cstdint>
#include <memory>

#include "framework/storage/descriptor.h"
#include "framework/storage/file_system.h"

namespace lockstep {

/// An open file that HDF5 reads and writes through us.
///
/// HDF5 1.10 keeps a file open whose closing failed and tries again when the process exits, where it may crash. So it
/// is never told of a failed write: the first error is kept here, all later writes are dropped, HDF5 closes in peace,
/// and the caller, who looks at `error` after each step, throws and removes the file.
struct Channel {
  explicit Channel(const FileSystem& files_ = disk()) : files(files_) {}

  const FileSystem& files;  ///< written through
  Descriptor file;
  int error = 0;  ///< errno of the first write that failed; every write after it is dropped
};

/// Creates an empty HDF5 file behind a user block in `channel`, or opens the one in there to read.
/// Both return an HDF5 file identifier, negative on failure.
[[nodiscard]] hid_t create_in(const std::shared_ptr<Channel>& channel, hsize_t user_block_bytes);
[[nodiscard]] hid_t open_in(const std::shared_ptr<Channel>& channel);

}  // namespace lockstep
