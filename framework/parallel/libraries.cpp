#include "framework/parallel/libraries.h"

#define OMPI_SKIP_MPICXX 1
#include <mpi.h>

#include <array>
#include <string>

namespace lockstep {

std::vector<Library> parallel_libraries() {
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> text{};
  int length = 0;
  MPI_Get_library_version(text.data(), &length);
  // "Open MPI v4.1.4, package: …" or "MPICH Version:      4.0.2", a line end and more.
  std::string version;
  for (const char c : std::string(text.data(), static_cast<std::size_t>(length))) {
    if (c == ',' || c == '\n') break;
    const bool blank = c == ' ' || c == '\t';
    if (!blank || (!version.empty() && version.back() != ' ')) version += blank ? ' ' : c;
  }
  return {{"MPI", version}};
}

}  // namespace lockstep
