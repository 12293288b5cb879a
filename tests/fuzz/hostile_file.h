#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "framework/storage/file.h"
#include "tests/fuzz/fuzzing.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

namespace lockstep::fuzzing {

/// The input as a file of ours whose digest is right whatever its bytes are, so that all behind the digest is met. The
/// first 512 bytes are made anew: name, version and length too.
class HostileFile {
 public:
  explicit HostileFile(FileFormat format) : format_(format) {}
  void set(std::string_view bytes) const;
  [[nodiscard]] const std::string& path() const { return file_.path(); }

 private:
  FileFormat format_;
  MemoryFile file_;
};

/// Changes a file of ours: values of a dataset, a number anywhere (a size, an address, an offset), or any bytes.
std::size_t mutate_file(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed);

}  // namespace lockstep::fuzzing
