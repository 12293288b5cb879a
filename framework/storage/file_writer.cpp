#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <functional>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "framework/core/errors.h"
#include "framework/storage/file.h"
#include "framework/storage/hdf5_driver.h"
#include "framework/storage/hdf5_handle.h"
#include "framework/storage/hdf5_selection.h"
#include "framework/storage/user_block.h"

namespace lockstep {
namespace {

/// Groups on the way are made; an array is allocated at once, so that its bytes lie in one run from the start.
Handle link_properties() {
  Handle link(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
  H5Pset_create_intermediate_group(link.id(), 1);
  return link;
}

Handle dataset_properties(bool text) {
  Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  H5Pset_layout(creation.id(), H5D_CONTIGUOUS);
  H5Pset_alloc_time(creation.id(), H5D_ALLOC_TIME_EARLY);
  // Texts need a fill value; arrays are written in full, and filling them first would write them twice.
  if (!text) H5Pset_fill_time(creation.id(), H5D_FILL_TIME_NEVER);
  // A time stamp would make equal contents into unequal files.
  H5Pset_obj_track_times(creation.id(), false);
  return creation;
}

}  // namespace

struct FileWriter::State {
  std::filesystem::path path;
  std::filesystem::path temporary;
  FileFormat format;
  const FileSystem& files;
  std::shared_ptr<Channel> channel;
  Handle file;

  State(std::filesystem::path path_, FileFormat format_, const FileSystem& files_)
      : path(std::move(path_)),
        temporary(temporary_name(path)),
        format(format_),
        files(files_),
        channel(std::make_shared<Channel>(files_)) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  /// Removes the temporary file unless it got its name.
  ~State() {
    if (!channel->file.is_open()) return;
    // What HDF5 still holds back isn't wanted any more.
    if (channel->error == 0) channel->error = ECANCELED;
    file.close();
    channel->file.close();
    // One that can't be removed is in the way of nobody.
    static_cast<void>(files.remove(temporary));
  }

  /// Throws what went wrong in the step just done, if anything did. `ok`: what HDF5 thinks of it.
  void check(bool ok, std::string_view name) const {
    check_disk();
    if (!ok) throw RunError(fmt::format("{}: {} can't be written: HDF5: {}", path.string(), name, hdf5_message()));
  }
  void check_disk() const {
    if (channel->error != 0) throw RunError(write_failure(path, channel->error));
  }
  void check_system(int error) const {
    if (error != 0) throw RunError(write_failure(path, error));
  }

  Handle create(std::string_view name, hid_t type, std::span<const std::uint64_t> shape) const {
    const std::vector<hsize_t> dimensions(shape.begin(), shape.end());
    const Handle space(dimensions.empty()
                           ? H5Screate(H5S_SCALAR)
                           : H5Screate_simple(static_cast<int>(dimensions.size()), dimensions.data(), nullptr),
                       H5Sclose);
    const Handle link = link_properties();
    const Handle creation = dataset_properties(H5Tis_variable_str(type) > 0);
    Handle dataset(
        H5Dcreate2(file.id(), std::string(name).c_str(), type, space.id(), link.id(), creation.id(), H5P_DEFAULT),
        H5Dclose);
    check(dataset.valid(), name);
    return dataset;
  }

  /// Elements [offset, offset + count) of a dataset that exists.
  void write_run(std::string_view name, std::uint64_t offset, hid_t type, hsize_t count, const void* values) const {
    const Handle dataset(H5Dopen2(file.id(), std::string(name).c_str(), H5P_DEFAULT), H5Dclose);
    check(dataset.valid(), name);
    const Handle space(H5Dget_space(dataset.id()), H5Sclose);
    check(select_run(space.id(), offset, count), name);
    if (count == 0) return;
    const Handle memory(H5Screate_simple(1, &count, nullptr), H5Sclose);
    check(H5Dwrite(dataset.id(), type, memory.id(), space.id(), H5P_DEFAULT, values) >= 0, name);
  }

  void seal(UserBlock& block) const {
    block.digest = digest_with_block(channel->file, block, temporary);
    check_system(files.write(channel->file, 0, encode(block)));
    check_system(files.sync(channel->file));
    // So that the check reads the disk, not the memory that was written.
    ::posix_fadvise(channel->file.number(), 0, 0, POSIX_FADV_DONTNEED);
    check_file(channel->file, format, temporary);
  }
};

FileWriter::FileWriter(std::filesystem::path path, FileFormat format, const FileSystem& files)
    : state_(std::make_unique<State>(std::move(path), format, files)) {
  State& s = *state_;
  s.check_system(files.create(s.temporary, s.channel->file));
  s.file = Handle(create_in(s.channel, kUserBlockBytes), H5Fclose);
  s.check(s.file.valid(), "the file");
}

FileWriter::~FileWriter() = default;

template <typename T>
void FileWriter::write(std::string_view name, std::span<const T> values, std::span<const std::uint64_t> shape) {
  assert(std::accumulate(shape.begin(), shape.end(), std::uint64_t{1}, std::multiplies<>()) == values.size());
  const hid_t type = hdf5_type(ElementTypeOf<T>::kType);
  const Handle dataset = state_->create(name, type, shape);
  if (values.empty()) return;
  state_->check(H5Dwrite(dataset.id(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) >= 0, name);
}

template <typename T>
void FileWriter::write(std::string_view name, std::span<const T> values) {
  const std::uint64_t shape[] = {values.size()};
  write(name, values, shape);
}

void FileWriter::create(std::string_view name, ElementType type, std::span<const std::uint64_t> shape) {
  state_->create(name, hdf5_type(type), shape);
}

template <typename T>
void FileWriter::write_part(std::string_view name, std::uint64_t offset, std::span<const T> values) {
  state_->write_run(name, offset, hdf5_type(ElementTypeOf<T>::kType), values.size(), values.data());
}

void FileWriter::write_text(std::string_view name, std::string_view text) {
  if (text.find('\0') != std::string_view::npos) throw std::invalid_argument("text with NUL: " + std::string(name));
  const Handle type = hdf5_text_type();
  const Handle dataset = state_->create(name, type.id(), {});
  const std::string copy(text);
  const char* start = copy.c_str();
  state_->check(H5Dwrite(dataset.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, &start) >= 0, name);
}

void FileWriter::write_texts(std::string_view name, std::span<const std::string> texts) {
  create_texts(name, texts.size());
  write_texts_part(name, 0, texts);
}

void FileWriter::create_texts(std::string_view name, std::uint64_t count) {
  const std::uint64_t shape[] = {count};
  state_->create(name, hdf5_text_type().id(), shape);
}

void FileWriter::write_texts_part(std::string_view name, std::uint64_t offset, std::span<const std::string> texts) {
  std::vector<const char*> starts;
  starts.reserve(texts.size());
  for (const std::string& text : texts) {
    if (text.find('\0') != std::string::npos) throw std::invalid_argument("text with NUL: " + std::string(name));
    starts.push_back(text.c_str());
  }
  state_->write_run(name, offset, hdf5_text_type().id(), starts.size(), starts.data());
}

FileDigest FileWriter::commit() {
  State& s = *state_;
  const bool closed = s.file.close();
  s.check(closed, "the file");
  UserBlock block{std::string(s.format.name), s.format.version, file_length(s.channel->file), {}};
  try {
    s.seal(block);
  } catch (const DataError& error) {
    throw RunError(fmt::format("{}: the disk does not return what was written: {}", s.path.string(), error.what()));
  }
  s.check_system(s.files.rename(s.temporary, s.path));
  s.check_system(s.channel->file.close());
  s.check_system(s.files.sync_folder(folder_of(s.path)));
  return block.digest;
}

#define LOCKSTEP_INSTANTIATE(T)                                                                          \
  template void FileWriter::write(std::string_view, std::span<const T>, std::span<const std::uint64_t>); \
  template void FileWriter::write(std::string_view, std::span<const T>);                                 \
  template void FileWriter::write_part(std::string_view, std::uint64_t, std::span<const T>)
LOCKSTEP_INSTANTIATE(std::uint8_t);
LOCKSTEP_INSTANTIATE(std::int32_t);
LOCKSTEP_INSTANTIATE(std::uint32_t);
LOCKSTEP_INSTANTIATE(std::int64_t);
LOCKSTEP_INSTANTIATE(std::uint64_t);
LOCKSTEP_INSTANTIATE(float);
LOCKSTEP_INSTANTIATE(double);
#undef LOCKSTEP_INSTANTIATE

}  // namespace lockstep
