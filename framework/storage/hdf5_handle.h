#pragma once

#include <hdf5.h>

#include <cstdint>
#include <string>
#include <utility>

#include "framework/storage/file.h"

namespace lockstep {

/// Owns an HDF5 identifier; a negative one is owned by nobody.
class Handle {
 public:
  using Closer = herr_t (*)(hid_t);

  Handle() = default;
  Handle(hid_t id, Closer closer) : id_(id), closer_(closer) {}
  ~Handle() { close(); }
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), closer_(other.closer_) {}
  Handle& operator=(Handle&& other) noexcept {
    if (this != &other) {
      close();
      id_ = std::exchange(other.id_, -1);
      closer_ = other.closer_;
    }
    return *this;
  }

  [[nodiscard]] hid_t id() const { return id_; }
  [[nodiscard]] bool valid() const { return id_ >= 0; }
  /// False when HDF5 could not close it.
  bool close() { return id_ < 0 || closer_(std::exchange(id_, -1)) >= 0; }

 private:
  hid_t id_ = -1;
  Closer closer_ = nullptr;
};

/// HDF5 prints its errors to standard error unless told not to; ours are exceptions.
void silence_hdf5();

/// What HDF5 says of its last error: the innermost message of its error stack.
[[nodiscard]] std::string hdf5_message();

/// HDF5's own type for elements of ours; no one closes it.
[[nodiscard]] hid_t hdf5_type(ElementType type);

/// The type of a UTF-8 string of any length.
[[nodiscard]] Handle hdf5_text_type();

template <typename T>
struct ElementTypeOf;
template <>
struct ElementTypeOf<std::uint8_t> {
  static constexpr ElementType kType = ElementType::kUInt8;
};
template <>
struct ElementTypeOf<std::int32_t> {
  static constexpr ElementType kType = ElementType::kInt32;
};
template <>
struct ElementTypeOf<std::uint32_t> {
  static constexpr ElementType kType = ElementType::kUInt32;
};
template <>
struct ElementTypeOf<std::int64_t> {
  static constexpr ElementType kType = ElementType::kInt64;
};
template <>
struct ElementTypeOf<std::uint64_t> {
  static constexpr ElementType kType = ElementType::kUInt64;
};
template <>
struct ElementTypeOf<float> {
  static constexpr ElementType kType = ElementType::kFloat32;
};
template <>
struct ElementTypeOf<double> {
  static constexpr ElementType kType = ElementType::kFloat64;
};

}  // namespace lockstep
