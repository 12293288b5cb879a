#include "framework/storage/whole_file.h"

#include <string>

#include "framework/core/errors.h"
#include "tests/support/catch.h"
#include "tests/support/file_bytes.h"
#include "tests/temporary_folder.h"

using namespace lockstep;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("a whole file replaces the one before it when it is complete, and not sooner", "[storage]") {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder.file("a.html", "before");
  const std::string large(1'000'000, 'x');
  {
    WholeFile abandoned(path);
    abandoned.append(large);
    CHECK(read_bytes(path) == "before");
  }
  CHECK_FALSE(std::filesystem::exists(folder / "a.html.tmp"));
  CHECK(read_bytes(path) == "before");
  WholeFile file(path);
  file.append("head\n");
  file.append(large);
  file.append("foot\n");
  file.commit();
  CHECK(read_bytes(path) == "head\n" + large + "foot\n");
  CHECK_FALSE(std::filesystem::exists(folder / "a.html.tmp"));
}

TEST_CASE("a whole file that can't be written names itself and the cause", "[storage]") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH(write_file(folder / "absent" / "a.svg", "x"),
                    ContainsSubstring("absent/a.svg: can't be written: No such file or directory"));
  std::filesystem::create_directory(folder / "b.svg");
  CHECK_THROWS_AS(write_file(folder / "b.svg", "x"), RunError);
  CHECK_FALSE(std::filesystem::exists(folder / "b.svg.tmp"));
}
