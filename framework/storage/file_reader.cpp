#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <new>
#include <utility>

#include "framework/core/errors.h"
#include "framework/storage/file.h"
#include "framework/storage/hdf5_driver.h"
#include "framework/storage/hdf5_handle.h"
#include "framework/storage/hdf5_selection.h"
#include "framework/storage/user_block.h"

namespace lockstep {

namespace {

/// What HDF5 takes for texts while it reads them: below a limit, and freed with this, since HDF5 forgets what it took
/// when reading fails.
class TextMemory {
 public:
  explicit TextMemory(std::uint64_t most) : left_(most) {}
  ~TextMemory() {
    for (void* piece : pieces_) std::free(piece);
  }
  TextMemory(const TextMemory&) = delete;
  TextMemory& operator=(const TextMemory&) = delete;

  static void* allocate(std::size_t bytes, void* memory) { return static_cast<TextMemory*>(memory)->take(bytes); }
  static void release(void*, void*) {}

 private:
  void* take(std::size_t bytes) noexcept {
    if (bytes > left_) return nullptr;
    try {
      pieces_.push_back(nullptr);
    } catch (const std::bad_alloc&) {
      return nullptr;
    }
    left_ -= bytes;
    return pieces_.back() = std::malloc(bytes);
  }

  std::uint64_t left_;
  std::vector<void*> pieces_;
};

}  // namespace

struct FileReader::State {
  std::filesystem::path path;
  FileFormat format;
  std::shared_ptr<Channel> channel = std::make_shared<Channel>();
  std::uint64_t length = 0;
  FileDigest digest;
  Handle file;

  [[noreturn]] void refuse(std::string_view name, std::string_view what) const {
    throw DataError(fmt::format("{}: {} {}; {}", path.string(), name, what, format.remedy));
  }
  void check(bool ok, std::string_view name) const {
    if (!ok) refuse(name, "can't be read: HDF5: " + hdf5_message());
  }

  /// H5Lexists answers for the last step of a path only, so each step is asked for.
  [[nodiscard]] bool has(std::string_view name) const {
    std::string whole(name);
    while (!whole.empty() && whole.back() == '/') whole.pop_back();
    if (whole.empty()) return true;
    for (std::size_t end = whole.find('/', 1);; end = whole.find('/', end + 1)) {
      if (H5Lexists(file.id(), whole.substr(0, end).c_str(), H5P_DEFAULT) <= 0) return false;
      if (end == std::string::npos) return true;
    }
  }

  [[nodiscard]] Handle open(std::string_view name) const {
    if (!has(name)) refuse(name, "is missing");
    Handle dataset(H5Dopen2(file.id(), std::string(name).c_str(), H5P_DEFAULT), H5Dclose);
    check(dataset.valid(), name);
    return dataset;
  }
  [[nodiscard]] Handle space(const Handle& dataset, std::string_view name) const {
    Handle opened(H5Dget_space(dataset.id()), H5Sclose);
    check(opened.valid(), name);
    return opened;
  }
  void check_type(const Handle& dataset, hid_t expected, std::string_view name) const {
    const Handle type(H5Dget_type(dataset.id()), H5Tclose);
    if (H5Tequal(type.id(), expected) <= 0) refuse(name, "has another element type than expected");
  }

  /// Elements of a dataset, after making sure that the file is large enough to hold them.
  [[nodiscard]] std::uint64_t count(const Handle& opened_space, std::size_t element, std::string_view name) const {
    std::uint64_t elements = 1;
    for (const std::uint64_t size : dimensions_of(opened_space.id())) {
      if (size == 0) return 0;
      if (elements > length / size) refuse(name, "claims to be larger than its file");
      elements *= size;
    }
    if (elements > length / element) refuse(name, "claims to be larger than its file");
    return elements;
  }
};

FileReader::FileReader(std::filesystem::path path, FileFormat format) : state_(std::make_unique<State>()) {
  State& s = *state_;
  s.path = std::move(path);
  s.format = format;
  s.channel->file = open_to_read(s.path);
  s.digest = check_file(s.channel->file, format, s.path).digest;
  s.length = file_length(s.channel->file);
  s.file = Handle(open_in(s.channel), H5Fclose);
  s.check(s.file.valid(), "the file");
}

FileReader::~FileReader() = default;

const std::filesystem::path& FileReader::path() const {
  return state_->path;
}

FileDigest FileReader::digest() const {
  return state_->digest;
}

bool FileReader::has(std::string_view name) const {
  return state_->has(name);
}

std::vector<std::string> FileReader::list(std::string_view group) const {
  if (!has(group)) state_->refuse(group, "is missing");
  const std::string name = group.empty() ? "/" : std::string(group);
  const Handle opened(H5Gopen2(state_->file.id(), name.c_str(), H5P_DEFAULT), H5Gclose);
  state_->check(opened.valid(), group);
  std::vector<std::string> names;
  const auto add = [](hid_t, const char* link, const H5L_info_t*, void* into) -> herr_t {
    static_cast<std::vector<std::string>*>(into)->emplace_back(link);
    return 0;
  };
  state_->check(H5Literate(opened.id(), H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, add, &names) >= 0, group);
  std::ranges::sort(names);
  return names;
}

std::vector<std::uint64_t> FileReader::shape(std::string_view name) const {
  return dimensions_of(state_->space(state_->open(name), name).id());
}

template <typename T>
std::vector<T> FileReader::read(std::string_view name) const {
  const hid_t type = hdf5_type(ElementTypeOf<T>::kType);
  const Handle dataset = state_->open(name);
  state_->check_type(dataset, type, name);
  std::vector<T> values(state_->count(state_->space(dataset, name), sizeof(T), name));
  if (values.empty()) return values;
  state_->check(H5Dread(dataset.id(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) >= 0, name);
  return values;
}

template <typename T>
void FileReader::read_part(std::string_view name, std::uint64_t offset, std::span<T> into) const {
  const hid_t type = hdf5_type(ElementTypeOf<T>::kType);
  const Handle dataset = state_->open(name);
  state_->check_type(dataset, type, name);
  const Handle space = state_->space(dataset, name);
  if (!select_run(space.id(), offset, into.size())) state_->refuse(name, "is shorter than expected");
  if (into.empty()) return;
  const hsize_t count = into.size();
  const Handle memory(H5Screate_simple(1, &count, nullptr), H5Sclose);
  state_->check(H5Dread(dataset.id(), type, memory.id(), space.id(), H5P_DEFAULT, into.data()) >= 0, name);
}

std::string FileReader::read_text(std::string_view name) const {
  std::vector<std::string> texts = read_texts(name);
  if (texts.size() != 1) state_->refuse(name, "is not one text");
  return std::move(texts.front());
}

std::vector<std::string> FileReader::read_texts(std::string_view name) const {
  const Handle dataset = state_->open(name);
  return read_texts_part(name, 0, state_->count(state_->space(dataset, name), sizeof(char*), name));
}

std::vector<std::string> FileReader::read_texts_part(std::string_view name, std::uint64_t offset,
                                                     std::uint64_t count) const {
  const Handle type = hdf5_text_type();
  const Handle dataset = state_->open(name);
  state_->check_type(dataset, type.id(), name);
  const Handle space = state_->space(dataset, name);
  if (count > state_->count(space, sizeof(char*), name) || !select_run(space.id(), offset, count)) {
    state_->refuse(name, "is shorter than expected");
  }
  if (count == 0) return {};
  std::vector<char*> starts(count);
  const hsize_t elements = count;
  const Handle memory(H5Screate_simple(1, &elements, nullptr), H5Sclose);
  // Many entries may point to one long string: what HDF5 takes for all of them is held below the file's length. (It has
  // a function that tells beforehand, but that one writes past its buffer in 1.10.8.)
  TextMemory taken(state_->length);
  const Handle transfer(H5Pcreate(H5P_DATASET_XFER), H5Pclose);
  H5Pset_vlen_mem_manager(transfer.id(), TextMemory::allocate, &taken, TextMemory::release, nullptr);
  const bool done = H5Dread(dataset.id(), type.id(), memory.id(), space.id(), transfer.id(), starts.data()) >= 0;
  std::vector<std::string> texts;
  texts.reserve(starts.size());
  for (const char* start : starts) texts.emplace_back(start == nullptr ? "" : start);
  state_->check(done, name);
  return texts;
}

FileRange FileReader::range(std::string_view name) const {
  const Handle dataset = state_->open(name);
  const Handle type(H5Dget_type(dataset.id()), H5Tclose);
  const std::size_t element = H5Tget_size(type.id());
  const std::uint64_t bytes = state_->count(state_->space(dataset, name), element, name) * element;
  if (bytes == 0) return {};
  const haddr_t offset = H5Dget_offset(dataset.id());
  if (offset == HADDR_UNDEF) state_->refuse(name, "does not lie in one piece");
  if (offset > state_->length || bytes > state_->length - offset) {
    state_->refuse(name, "claims to be larger than its file");
  }
  return {offset, bytes};
}

template <typename T>
MappedArray<T> FileReader::map(std::string_view name) const {
  state_->check_type(state_->open(name), hdf5_type(ElementTypeOf<T>::kType), name);
  const FileRange bytes = range(name);
  if (bytes.offset % alignof(T) != 0) state_->refuse(name, "does not start at an address that suits its elements");
  return MappedArray<T>(MappedRange(state_->channel->file.number(), bytes, state_->path));
}

#define LOCKSTEP_INSTANTIATE(T)                                                             \
  template std::vector<T> FileReader::read(std::string_view) const;                         \
  template void FileReader::read_part(std::string_view, std::uint64_t, std::span<T>) const; \
  template MappedArray<T> FileReader::map(std::string_view) const
LOCKSTEP_INSTANTIATE(std::uint8_t);
LOCKSTEP_INSTANTIATE(std::int32_t);
LOCKSTEP_INSTANTIATE(std::uint32_t);
LOCKSTEP_INSTANTIATE(std::int64_t);
LOCKSTEP_INSTANTIATE(std::uint64_t);
LOCKSTEP_INSTANTIATE(float);
LOCKSTEP_INSTANTIATE(double);
#undef LOCKSTEP_INSTANTIATE

}  // namespace lockstep
