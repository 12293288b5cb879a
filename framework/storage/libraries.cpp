#include "framework/storage/libraries.h"

#include <hdf5.h>
#include <xxhash.h>

namespace lockstep {

std::vector<Library> storage_libraries() {
  unsigned major = 0;
  unsigned minor = 0;
  unsigned release = 0;
  H5get_libversion(&major, &minor, &release);
  const unsigned xxhash = XXH_versionNumber();
  return {{"HDF5", version_text(major, minor, release)},
          {"xxHash", version_text(xxhash / 10000, xxhash / 100 % 100, xxhash % 100)}};
}

}  // namespace lockstep
