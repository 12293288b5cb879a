#include "framework/storage/hdf5_driver.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <span>
#include <utility>

#include "framework/storage/hdf5_handle.h"

namespace lockstep {
namespace {

/// Rides in the access property list to open_driver; lives only while the file is being opened.
struct DriverInfo {
  const std::shared_ptr<Channel>* channel;
};

struct Driver : H5FD_t {
  std::shared_ptr<Channel> channel;
  haddr_t end_of_allocated = 0;
  haddr_t end_of_file = 0;
};

Driver& driver(H5FD_t* file) {
  return *static_cast<Driver*>(file);
}
const Driver& driver(const H5FD_t* file) {
  return *static_cast<const Driver*>(file);
}

H5FD_t* open_driver(const char*, unsigned flags, hid_t access, haddr_t) {
  const auto* info = static_cast<const DriverInfo*>(H5Pget_driver_info(access));
  if (info == nullptr) return nullptr;
  auto* opened = new (std::nothrow) Driver{};
  if (opened == nullptr) return nullptr;
  opened->channel = *info->channel;
  Channel& channel = *opened->channel;
  if ((flags & H5F_ACC_TRUNC) != 0) channel.error = channel.files.truncate(channel.file, 0);
  opened->end_of_file = file_length(channel.file);
  return opened;
}

herr_t close_driver(H5FD_t* file) {
  delete static_cast<Driver*>(file);
  return 0;
}

herr_t query(const H5FD_t*, unsigned long* flags) {
  *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE |
           H5FD_FEAT_AGGREGATE_SMALLDATA;
  return 0;
}

haddr_t get_end_of_allocated(const H5FD_t* file, H5FD_mem_t) {
  return driver(file).end_of_allocated;
}

herr_t set_end_of_allocated(H5FD_t* file, H5FD_mem_t, haddr_t address) {
  driver(file).end_of_allocated = address;
  return 0;
}

haddr_t get_end_of_file(const H5FD_t* file, H5FD_mem_t) {
  return driver(file).end_of_file;
}

herr_t read(H5FD_t* file, H5FD_mem_t, hid_t, haddr_t address, std::size_t size, void* buffer) {
  const std::span<std::byte> bytes(static_cast<std::byte*>(buffer), size);
  const std::ptrdiff_t count = read_at(driver(file).channel->file.number(), address, bytes);
  if (count < 0) return -1;
  std::ranges::fill(bytes.subspan(static_cast<std::size_t>(count)), std::byte{0});
  return 0;
}

herr_t write(H5FD_t* file, H5FD_mem_t, hid_t, haddr_t address, std::size_t size, const void* buffer) {
  Driver& to = driver(file);
  to.end_of_file = std::max(to.end_of_file, address + size);
  Channel& channel = *to.channel;
  if (channel.error == 0) {
    channel.error = channel.files.write(channel.file, address, {static_cast<const std::byte*>(buffer), size});
  }
  return 0;
}

herr_t truncate(H5FD_t* file, hid_t, hbool_t) {
  Driver& to = driver(file);
  Channel& channel = *to.channel;
  if (to.end_of_allocated == to.end_of_file) return 0;
  to.end_of_file = to.end_of_allocated;
  if (channel.error == 0) channel.error = channel.files.truncate(channel.file, to.end_of_file);
  return 0;
}

/// HDF5 1.14 takes no driver that doesn't say which version of the class it was written for, and which number it bears;
/// earlier ones have neither field.
template <typename DriverClass>
void identify(DriverClass& driver_class) {
  if constexpr (requires { driver_class.version; }) {
    constexpr unsigned kVersionWrittenFor = 1;  // H5FD_CLASS_VERSION, a name that HDF5 1.10 doesn't have
    constexpr int kNumberForOwnUse = 256;       // HDF5 gives those from 512 on to drivers that others share
    driver_class.version = kVersionWrittenFor;
    driver_class.value = kNumberForOwnUse;
  }
}

/// HDF5 keeps a count of those who use the driver, so that it may be registered anew for each file.
hid_t register_driver() {
  H5FD_class_t driver_class{};
  identify(driver_class);
  driver_class.name = "lockstep";
  driver_class.maxaddr = static_cast<haddr_t>(std::numeric_limits<off_t>::max());
  driver_class.fc_degree = H5F_CLOSE_STRONG;
  driver_class.fapl_size = sizeof(DriverInfo);
  driver_class.open = open_driver;
  driver_class.close = close_driver;
  driver_class.query = query;
  driver_class.get_eoa = get_end_of_allocated;
  driver_class.set_eoa = set_end_of_allocated;
  driver_class.get_eof = get_end_of_file;
  driver_class.read = read;
  driver_class.write = write;
  driver_class.truncate = truncate;
  const H5FD_mem_t kinds[H5FD_MEM_NTYPES] = H5FD_FLMAP_DICHOTOMY;
  std::ranges::copy(kinds, driver_class.fl_map);
  return H5FDregister(&driver_class);
}

/// Access properties whose driver is ours, with `info` inside.
hid_t access_properties(const Handle& registered, const DriverInfo& info) {
  const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
  // Arrays start at addresses that suit every element type and cache line, so that they can be mapped.
  H5Pset_alignment(access, 1, 64);
  // The oldest format is what check_structure knows, whatever a newer HDF5 would choose.
  H5Pset_libver_bounds(access, H5F_LIBVER_EARLIEST, H5F_LIBVER_LATEST);
  H5Pset_driver(access, registered.id(), &info);
  return access;
}

}  // namespace

hid_t create_in(const std::shared_ptr<Channel>& channel, hsize_t user_block_bytes) {
  silence_hdf5();
  const Handle registered(register_driver(), H5FDunregister);
  const Handle access(access_properties(registered, {&channel}), H5Pclose);
  const Handle creation(H5Pcreate(H5P_FILE_CREATE), H5Pclose);
  H5Pset_userblock(creation.id(), user_block_bytes);
  H5Pset_obj_track_times(creation.id(), false);
  return H5Fcreate("lockstep", H5F_ACC_TRUNC, creation.id(), access.id());
}

hid_t open_in(const std::shared_ptr<Channel>& channel) {
  silence_hdf5();
  const Handle registered(register_driver(), H5FDunregister);
  const Handle access(access_properties(registered, {&channel}), H5Pclose);
  return H5Fopen("lockstep", H5F_ACC_RDONLY, access.id());
}

}  // namespace lockstep
