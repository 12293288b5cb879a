#include "framework/storage/hdf5_handle.h"

#include <bit>

namespace lockstep {

// Files are little-endian and mapped as they are.
static_assert(std::endian::native == std::endian::little);

void silence_hdf5() {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

std::string hdf5_message() {
  std::string message = "no message";
  const auto keep = [](unsigned, const H5E_error2_t* error, void* text) -> herr_t {
    if (error->desc != nullptr) *static_cast<std::string*>(text) = error->desc;
    return 0;
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, keep, &message);
  return message;
}

hid_t hdf5_type(ElementType type) {
  switch (type) {
    case ElementType::kUInt8:
      return H5T_STD_U8LE;
    case ElementType::kInt32:
      return H5T_STD_I32LE;
    case ElementType::kUInt32:
      return H5T_STD_U32LE;
    case ElementType::kInt64:
      return H5T_STD_I64LE;
    case ElementType::kUInt64:
      return H5T_STD_U64LE;
    case ElementType::kFloat32:
      return H5T_IEEE_F32LE;
    case ElementType::kFloat64:
      return H5T_IEEE_F64LE;
  }
  return H5I_INVALID_HID;
}

Handle hdf5_text_type() {
  Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.id(), H5T_VARIABLE);
  H5Tset_cset(type.id(), H5T_CSET_UTF8);
  return type;
}

}  // namespace lockstep
