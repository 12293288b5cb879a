// Files whose digest is right and whose bytes are not ours.
#include <hdf5.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "framework/core/errors.h"
#include "framework/storage/file.h"
#include "framework/storage/hdf5_handle.h"
#include "tests/support/catch.h"
#include "tests/support/file_bytes.h"
#include "tests/support/forged_file.h"
#include "tests/temporary_folder.h"

namespace lockstep {
namespace {

using Catch::Matchers::ContainsSubstring;

constexpr FileFormat kFormat{"trial", 3, "make the trial again"};

/// Puts what a user block needs in front of a file that HDF5 has written.
void forge(const std::filesystem::path& path) {
  write_bytes(path, forged(read_bytes(path), kFormat));
}

/// An HDF5 file as any program could write it, behind room for a user block; `fill` puts something in.
void write_hdf5(const std::filesystem::path& path, const std::function<void(hid_t)>& fill) {
  {
    const Handle creation(H5Pcreate(H5P_FILE_CREATE), H5Pclose);
    H5Pset_userblock(creation.id(), kUserBlockBytes);
    const Handle file(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation.id(), H5P_DEFAULT), H5Fclose);
    REQUIRE(file.valid());
    fill(file.id());
  }
  forge(path);
}

/// A dataset "/values" of 64 numbers with these properties.
void add_dataset(hid_t file, hid_t type, const std::function<void(hid_t)>& set_up = {}, hsize_t most = 64) {
  const hsize_t count = 64;
  const Handle space(H5Screate_simple(1, &count, &most), H5Sclose);
  const Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  H5Pset_alloc_time(creation.id(), H5D_ALLOC_TIME_EARLY);
  H5Pset_obj_track_times(creation.id(), false);
  H5Pset_fill_time(creation.id(), H5D_FILL_TIME_NEVER);
  if (set_up) set_up(creation.id());
  const Handle made(H5Dcreate2(file, "/values", type, space.id(), H5P_DEFAULT, creation.id(), H5P_DEFAULT), H5Dclose);
  REQUIRE(made.valid());
}

std::string refusal(const std::filesystem::path& path) {
  try {
    const FileReader reader(path, kFormat);
    static_cast<void>(reader.read<std::int32_t>("/values"));
  } catch (const DataError& error) {
    return error.what();
  }
  return "accepted";
}

/// Counts how often files in a folder are opened.
class OpenWatch {
 public:
  explicit OpenWatch(const std::filesystem::path& folder) : watch_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
    REQUIRE(::inotify_add_watch(watch_, folder.c_str(), IN_OPEN) >= 0);
  }
  ~OpenWatch() { ::close(watch_); }
  OpenWatch(const OpenWatch&) = delete;
  OpenWatch& operator=(const OpenWatch&) = delete;

  [[nodiscard]] bool saw_any() const {
    std::array<char, 4096> events;
    return ::read(watch_, events.data(), events.size()) > 0;
  }

 private:
  int watch_;
};

void chunk(hid_t creation) {
  const hsize_t size = 64;
  H5Pset_chunk(creation, 1, &size);
}

}  // namespace

TEST_CASE("A forged file of the very kind that we write is read", "[storage]") {
  const TemporaryFolder folder;
  write_hdf5(folder / "a.h5", [](hid_t file) { add_dataset(file, H5T_STD_I32LE); });
  CHECK(refusal(folder / "a.h5") == "accepted");
}

TEST_CASE("No file that a file names is opened, and no code loaded", "[storage]") {
  silence_hdf5();
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "others");
  const std::string other = folder / "others/secret.h5";
  write_hdf5(other, [](hid_t file) { add_dataset(file, H5T_STD_I32LE); });
  const std::string plugins = folder / "others";
  ::setenv("HDF5_PLUGIN_PATH", plugins.c_str(), 1);
  write_bytes(folder / "others/libplugin.so", "not a library");

  const std::filesystem::path path = folder / "a.h5";
  SECTION("by an external link") {
    write_hdf5(path, [&](hid_t file) {
      REQUIRE(H5Lcreate_external(other.c_str(), "/values", file, "/values", H5P_DEFAULT, H5P_DEFAULT) >= 0);
    });
  }
  SECTION("by data that lies in another file") {
    write_hdf5(path, [&](hid_t file) {
      add_dataset(file, H5T_STD_I32LE, [&](hid_t creation) { H5Pset_external(creation, other.c_str(), 0, 256); });
    });
  }
  SECTION("by a virtual dataset") {
    write_hdf5(path, [&](hid_t file) {
      add_dataset(file, H5T_STD_I32LE, [&](hid_t creation) {
        const hsize_t count = 64;
        const Handle space(H5Screate_simple(1, &count, nullptr), H5Sclose);
        REQUIRE(H5Pset_virtual(creation, space.id(), other.c_str(), "/values", space.id()) >= 0);
      });
    });
  }
  SECTION("by a filter that a plugin would bring") {
    write_hdf5(path, [&](hid_t file) {
      add_dataset(file, H5T_STD_I32LE, [&](hid_t creation) {
        chunk(creation);
        H5Pset_filter(creation, 32000, H5Z_FLAG_OPTIONAL, 0, nullptr);
      });
    });
  }
  const OpenWatch watch(folder / "others");
  CHECK_THAT(refusal(path),
             ContainsSubstring("is no file that Lockstep wrote") && ContainsSubstring("make the trial again"));
  CHECK_FALSE(watch.saw_any());
  // That it would have been seen.
  CHECK(refusal(other) == "accepted");
  CHECK(watch.saw_any());
  ::unsetenv("HDF5_PLUGIN_PATH");
}

TEST_CASE("What HDF5 can hold and we never write is refused before HDF5 looks at it", "[storage]") {
  silence_hdf5();
  const TemporaryFolder folder;
  const std::filesystem::path path = folder / "a.h5";
  const auto with = [&](const std::function<void(hid_t)>& fill) {
    write_hdf5(path, fill);
    return refusal(path);
  };
  const auto is_refused = ContainsSubstring("is no file that Lockstep wrote");
  CHECK_THAT(with([](hid_t file) { add_dataset(file, H5T_STD_I32LE, chunk); }), is_refused);
  CHECK_THAT(with([](hid_t file) {
               add_dataset(file, H5T_STD_I32LE, [](hid_t creation) {
                 chunk(creation);
                 H5Pset_deflate(creation, 1);
               });
             }),
             is_refused);
  CHECK_THAT(with([](hid_t file) {
               add_dataset(file, H5T_STD_I32LE, [](hid_t creation) { H5Pset_layout(creation, H5D_COMPACT); });
             }),
             is_refused);
  CHECK_THAT(with([](hid_t file) { add_dataset(file, H5T_STD_I32LE, chunk, H5S_UNLIMITED); }), is_refused);
  CHECK_THAT(with([](hid_t file) { add_dataset(file, H5T_STD_I32BE); }), is_refused);
  CHECK_THAT(with([](hid_t file) { add_dataset(file, H5T_STD_I16LE); }), is_refused);
  CHECK_THAT(with([](hid_t file) { add_dataset(file, H5T_STD_REF_OBJ); }), is_refused);
  CHECK_THAT(with([](hid_t file) {
               const Handle pair(H5Tcreate(H5T_COMPOUND, 4), H5Tclose);
               H5Tinsert(pair.id(), "x", 0, H5T_STD_I32LE);
               add_dataset(file, pair.id());
             }),
             is_refused);
  CHECK_THAT(with([](hid_t file) { H5Lcreate_soft("/", file, "/values", H5P_DEFAULT, H5P_DEFAULT); }), is_refused);
  CHECK_THAT(with([](hid_t file) {
               add_dataset(file, H5T_STD_I32LE);
               H5Lcreate_hard(file, "/values", file, "/again", H5P_DEFAULT, H5P_DEFAULT);
             }),
             is_refused);
  CHECK_THAT(with([](hid_t file) {
               const Handle group(H5Gcreate2(file, "/group", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Gclose);
               H5Lcreate_hard(file, "/", group.id(), "up", H5P_DEFAULT, H5P_DEFAULT);
             }),
             is_refused);
  CHECK_THAT(with([](hid_t file) {
               const Handle space(H5Screate(H5S_SCALAR), H5Sclose);
               const Handle note(H5Acreate2(file, "note", H5T_STD_I32LE, space.id(), H5P_DEFAULT, H5P_DEFAULT),
                                 H5Aclose);
             }),
             is_refused);
  CHECK_THAT(with([](hid_t file) {
               const Handle type(H5Tcopy(H5T_STD_I32LE), H5Tclose);
               H5Tcommit2(file, "/type", type.id(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
             }),
             is_refused);
}

TEST_CASE("Whatever a byte is changed to behind a right digest, a file is read or refused", "[storage]") {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder / "a.h5";
  {
    FileWriter writer(path, kFormat);
    writer.write<std::int32_t>("/model/values", std::vector<std::int32_t>{7, 0, 9});
    writer.write_texts("/model/words", std::vector<std::string>{"</s>", "<unk>", "été", ""});
    writer.commit();
  }
  const std::string good = read_bytes(path);
  int refused = 0;
  int tried = 0;
  for (std::size_t place = kUserBlockBytes; place < good.size(); ++place) {
    // Most of a file is room that nobody looks at.
    if (good[place] == 0 && place % 16 != 0) continue;
    std::string bad = good;
    bad[place] = static_cast<char>(bad[place] ^ (place % 3 == 0 ? 1 : place % 3 == 1 ? 0x80 : 0xFF));
    write_bytes(path, forged(bad, kFormat));
    ++tried;
    try {
      const FileReader reader(path, kFormat);
      for (const std::string& name : reader.list("/")) {
        for (const std::string& values : reader.list(name)) {
          const std::string whole = name + '/' + values;
          if (reader.shape(whole) == std::vector<std::uint64_t>{3}) static_cast<void>(reader.read<std::int32_t>(whole));
          if (reader.shape(whole) == std::vector<std::uint64_t>{4}) static_cast<void>(reader.read_texts(whole));
        }
      }
    } catch (const DataError&) {
      ++refused;
    }
  }
  CHECK(tried > 500);
  CHECK(refused > 200);
}

TEST_CASE("A file that claims many long texts by pointing to one is refused before memory is taken", "[storage]") {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder / "a.h5";
  const std::string text(100'000, 'x');
  {
    FileWriter writer(path, kFormat);
    std::vector<std::string> texts(2000);
    texts.front() = text;
    writer.write_texts("/texts", texts);
    writer.commit();
  }
  std::string bytes = read_bytes(path);
  // Every reference becomes the first: length, address and index.
  const std::array<char, 4> length = {'\xA0', '\x86', 1, 0};
  const std::size_t first = bytes.find(std::string(length.begin(), length.end()), kUserBlockBytes);
  REQUIRE(first != std::string::npos);
  for (std::size_t i = 1; i < 2000; ++i) bytes.replace(first + 16 * i, 16, bytes, first, 16);
  write_bytes(path, forged(bytes, kFormat));
  const FileReader reader(path, kFormat);
  CHECK_THROWS_WITH(reader.read_texts("/texts"), ContainsSubstring("can't be read"));
}

}  // namespace lockstep
