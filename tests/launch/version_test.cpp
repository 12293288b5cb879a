#include <filesystem>
#include <string>

#include "tests/launch/run_program.h"
#include "tests/support/catch.h"
#include "tests/support/file_bytes.h"
#include "tests/temporary_folder.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

std::string git(const fs::path& folder, const std::string& arguments) {
  const Outcome outcome = run_command("git -c safe.directory='*' -C '" + folder.string() + "' " + arguments);
  return outcome.exit_code == 0 ? outcome.output.substr(0, outcome.output.find_last_not_of('\n') + 1) : "";
}

/// A small checkout of what a revision is made of.
fs::path make_checkout(const TemporaryFolder& folder) {
  const fs::path checkout = folder / "checkout";
  for (const char* name :
       {".gitattributes", "cmake/WriteVersion.cmake", "cmake/revision.txt", "launch/program_version.cpp.in"}) {
    fs::create_directories((checkout / name).parent_path());
    fs::copy(fs::path(LOCKSTEP_SOURCE_DIR) / name, checkout / name);
  }
  // As in a checkout, whatever the tests' own sources came in.
  write_bytes(checkout / "cmake/revision.txt", "$Format:%H$\n");
  git(checkout, "init --quiet");
  git(checkout, "add .");
  git(checkout, "-c user.name=test -c user.email=test@localhost commit --quiet --message=first");
  return checkout;
}

/// The revision that a build of the folder gets.
std::string revision_of(const fs::path& source, const fs::path& to) {
  const Outcome outcome =
      run_command("cmake -D 'SOURCE=" + source.string() + "' -D 'TO=" + to.string() +
                  "' -D VERSION=1.2.3 -D BUILD_TYPE=Fast -P '" + source.string() + "/cmake/WriteVersion.cmake'");
  CAPTURE(outcome.output);
  REQUIRE(outcome.exit_code == 0);
  const std::string text = read_bytes(to);
  CHECK_THAT(text, ContainsSubstring("return \"1.2.3\";") && ContainsSubstring("return \"Fast\";"));
  const std::string begin = "program_revision() {\n  return \"";
  const std::size_t at = text.find(begin);
  REQUIRE(at != std::string::npos);
  return text.substr(at + begin.size(), text.find('"', at + begin.size()) - at - begin.size());
}

}  // namespace

TEST_CASE("--version says what the program is made of and how it multiplies here, without MPI's start", "[launch]") {
  const Outcome outcome = run_program("--version", "OMPI_MCA_pml=none-such");
  CHECK(outcome.exit_code == 0);
  CHECK_THAT(outcome.output, StartsWith("lockstep "));
  for (const char* name :
       {"compiler", "build type",    "MPI",           "HDF5",     "xxHash",        "OpenBLAS",       "oneDNN",
        "Highway",  "sentencepiece", "nlohmann-json", "Pango",    "cairo",         "yaml-cpp",       "fmt",
        "spdlog",   "utf8proc",      "CLI11",         "products", "auto, float32", "auto, bfloat16", "vectors"}) {
    const std::string label = std::string(name) + std::string(16 - std::string(name).size(), ' ');
    INFO(label);
    const std::size_t at = outcome.output.find('\n' + label);
    REQUIRE(at != std::string::npos);
    const char first = outcome.output.at(at + 1 + label.size());
    CHECK((first != ' ' && first != '\n'));
  }
  CHECK_THAT(outcome.output, ContainsSubstring("products        openblas ") && ContainsSubstring("panels "));
  // Where MPI starts, such a setting ends the program at once, before it misses the file.
  CHECK_THAT(run_program("translate nothing.h5", "OMPI_MCA_pml=none-such").output, !ContainsSubstring("nothing.h5"));
}

TEST_CASE("--version names the commit that was built", "[launch]") {
  const std::string output = run_program("--version").output;
  const std::string first = output.substr(0, output.find('\n'));
  const std::string kept = read_bytes(fs::path(LOCKSTEP_SOURCE_DIR) / "cmake/revision.txt");
  const bool checkout = git(LOCKSTEP_SOURCE_DIR, "rev-parse --is-inside-work-tree --show-prefix") == "true";
  const std::string head = kept.starts_with('$') ? git(LOCKSTEP_SOURCE_DIR, "rev-parse HEAD") : kept;
  const bool known = checkout || !kept.starts_with('$');
  CHECK_THAT(first, ContainsSubstring(known ? " (" + head.substr(0, 12) : " (unknown revision)"));
}

TEST_CASE("A build's revision is git's, says whether sources differ, and outlives git archive", "[launch]") {
  if (run_command("git --version").exit_code != 0) {
    WARN("skipped: there is no git");
    return;
  }
  const TemporaryFolder folder;
  const fs::path checkout = make_checkout(folder);
  const fs::path to = folder / "program_version.cpp";
  const std::string head = git(checkout, "rev-parse HEAD").substr(0, 12);
  REQUIRE(head.size() == 12);
  CHECK(revision_of(checkout, to) == head);

  // What is the same isn't written again, so that nothing is compiled.
  const fs::file_time_type before = fs::last_write_time(to) - std::chrono::hours(1);
  fs::last_write_time(to, before);
  CHECK(revision_of(checkout, to) == head);
  CHECK(fs::last_write_time(to) == before);

  write_bytes(checkout / "notes.txt", "nothing that is compiled");
  CHECK(revision_of(checkout, to) == head);
  write_bytes(checkout / "launch/new.cpp", "int x;");
  CHECK(revision_of(checkout, to) == head + "+changes");
  fs::remove(checkout / "launch/new.cpp");

  const fs::path archive = folder / "archive";
  fs::create_directory(archive);
  REQUIRE(
      run_command("git -C '" + checkout.string() + "' archive HEAD | tar -x -C '" + archive.string() + "'").exit_code ==
      0);
  CHECK(revision_of(archive, to) == head);
  // Neither in a checkout nor from an archive, and within a checkout of something else.
  fs::remove_all(archive / "cmake/revision.txt");
  fs::copy(checkout / "cmake/revision.txt", archive / "cmake/revision.txt");
  CHECK(revision_of(archive, to).empty());
  git(folder.path(), "init --quiet");
  git(folder.path(), "-c user.name=test -c user.email=test@localhost commit --quiet --allow-empty --message=other");
  CHECK(revision_of(archive, to).empty());
}

}  // namespace lockstep
