// The plan of the house as a test: imports run downwards, and each outside library is met in one room.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/catch.h"

namespace lockstep {
namespace {

/// A source file below the repository and the headers it includes, as they are written.
struct SourceFile {
  std::string path;  // "framework/layers/attention.cpp"
  std::vector<std::string> includes;
};

/// The rooms that each room may include headers of, beside itself. A room that isn't here is a fault: give it its
/// floor.
const std::map<std::string, std::set<std::string>> kMayUse = [] {
  std::map<std::string, std::set<std::string>> rooms;
  rooms["core"] = {};
  rooms["evaluation"] = {"core"};
  rooms["numeric"] = {"core"};
  rooms["parallel"] = {"core"};
  rooms["storage"] = {"core"};
  const std::set<std::string> ground = {"core", "numeric", "parallel", "storage"};
  rooms["layers"] = {"core", "numeric"};
  rooms["optimizers"] = {"core", "numeric"};
  rooms["corpus"] = {"core", "numeric", "storage"};
  rooms["inspection"] = {"core", "numeric", "storage", "evaluation"};
  // The seam is two headers on a floor of their own: it names layers' parameters and corpus' datasets.
  rooms["model.h"] = {"core", "numeric", "layers", "corpus"};
  rooms["checkpoint"] = {"core", "numeric", "parallel", "storage", "layers", "optimizers"};
  rooms["models"] = {"core", "numeric", "layers", "corpus", "model.h"};
  rooms["decoding"] = {"core", "numeric", "layers", "corpus", "model.h", "checkpoint", "parallel", "evaluation"};
  rooms["training"] = {"core",       "numeric", "parallel", "storage",   "layers",
                       "optimizers", "corpus",  "model.h",  "checkpoint"};
  rooms["launch"] = {"core",       "numeric", "parallel", "storage",  "layers",   "optimizers", "corpus",
                     "inspection", "model.h", "models",   "decoding", "training", "checkpoint", "evaluation"};
  return rooms;
}();

/// The one room of each outside library, by how its headers' names begin.
const std::vector<std::pair<std::string, std::string>> kLibraryRooms = {
    {"mpi.h", "parallel"},    {"hdf5", "storage"},         {"H5", "storage"},        {"xxhash", "storage"},
    {"cblas", "numeric"},     {"lapack", "numeric"},       {"openblas", "numeric"},  {"hwy/", "numeric"},
    {"dnnl", "numeric"},      {"oneapi/", "numeric"},      {"immintrin", "numeric"}, {"yaml-cpp/", "core"},
    {"spdlog/", "core"},      {"sentencepiece", "corpus"}, {"CLI/", "launch"},       {"png.h", "inspection"},
    {"pango/", "inspection"}, {"cairo", "inspection"},     {"utf8proc", "core"},
};

/// The room of a path or of an include below the repository; empty where it has none.
std::string room_of(const std::string& path) {
  if (path == "framework/model.h") return "model.h";
  for (const char* top : {"models", "launch"}) {
    if (path.starts_with(std::string(top) + "/")) return top;
  }
  const std::string framework = "framework/";
  if (!path.starts_with(framework)) return "";
  const std::size_t end = path.find('/', framework.size());
  return end == std::string::npos ? "" : path.substr(framework.size(), end - framework.size());
}

/// One line for each include that breaks the plan.
std::vector<std::string> faults(const std::vector<SourceFile>& files) {
  std::vector<std::string> found;
  for (const SourceFile& file : files) {
    const std::string room = room_of(file.path);
    const auto rules = kMayUse.find(room);
    if (rules == kMayUse.end()) {
      found.push_back(file.path + ": lies in no room of the plan");
      continue;
    }
    for (const std::string& include : file.includes) {
      const std::string other = room_of(include);
      if (!other.empty() && other != room && !rules->second.contains(other)) {
        found.push_back(file.path + ": includes " + include + ", but " + room + " may not use " + other);
      }
      for (const auto& [beginning, owner] : kLibraryRooms) {
        if (include.starts_with(beginning) && room != owner) {
          found.push_back(file.path + ": includes " + include + ", which is met in " + owner + " alone");
        }
      }
      if (include.starts_with("..") || include.starts_with("tests/")) {
        found.push_back(file.path + ": includes " + include + "; name headers from the repository's folder");
      }
    }
  }
  return found;
}

/// Include directives of a source text. Highway's HWY_TARGET_INCLUDE names a file to include by a macro.
std::vector<std::string> includes_of(const std::string& text) {
  static const std::regex kInclude(R"((?:^|\n)[ \t]*#[ \t]*include[ \t]*[<"]([^>"]+)[>"])");
  std::vector<std::string> includes;
  for (auto match = std::sregex_iterator(text.begin(), text.end(), kInclude); match != std::sregex_iterator();
       ++match) {
    includes.push_back((*match)[1]);
  }
  return includes;
}

std::string read(const std::filesystem::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

std::vector<std::filesystem::path> sources_below(const std::vector<std::string>& folders) {
  const std::filesystem::path root = LOCKSTEP_SOURCE_DIR;
  std::vector<std::filesystem::path> files;
  for (const std::string& folder : folders) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
      const std::string extension = entry.path().extension().string();
      if (extension == ".h" || extension == ".cpp") files.push_back(entry.path().lexically_relative(root));
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

TEST_CASE("Imports run downwards and each library stays in its room", "[architecture]") {
  std::vector<SourceFile> files;
  for (const std::filesystem::path& file : sources_below({"framework", "models", "launch"})) {
    files.push_back({file.generic_string(), includes_of(read(LOCKSTEP_SOURCE_DIR / file))});
  }
  CHECK(files.size() > 20);
  for (const std::string& fault : faults(files)) FAIL_CHECK(fault);
}

TEST_CASE("No source runs a program, loads code or asks for the system's temporary folder", "[architecture]") {
  static const std::regex kForbidden(
      R"(\b(system|popen|exec[lv]\w*|fork|posix_spawn\w*|dlopen|temp_directory_path|tmpfile|tmpnam|mkdtemp)\s*\(|"/tmp)");
  CHECK(std::regex_search("  std::system(name.c_str());", kForbidden));
  CHECK(std::regex_search("write(\"/tmp/x\")", kForbidden));
  for (const std::filesystem::path& file : sources_below({"framework", "models", "launch"})) {
    INFO(file.generic_string());
    CHECK_FALSE(std::regex_search(read(LOCKSTEP_SOURCE_DIR / file), kForbidden));
  }
}

TEST_CASE("A file is one idea: none is longer than 400 lines", "[architecture]") {
  for (const std::filesystem::path& file : sources_below({"framework", "models", "launch", "tests"})) {
    const std::string text = read(LOCKSTEP_SOURCE_DIR / file);
    INFO(file.generic_string());
    CHECK(std::count(text.begin(), text.end(), '\n') <= 400);
  }
}

TEST_CASE("A template is instantiated for a type in one file alone, which no compiler tells", "[architecture]") {
  static const std::regex kInstantiation(R"((?:^|\n)template (?:class|struct) ([^;{]+);)");
  std::map<std::string, std::string> places;
  for (const std::filesystem::path& file : sources_below({"framework", "models", "launch"})) {
    const std::string text = read(LOCKSTEP_SOURCE_DIR / file);
    for (auto match = std::sregex_iterator(text.begin(), text.end(), kInstantiation); match != std::sregex_iterator();
         ++match) {
      const auto [place, is_new] = places.emplace((*match)[1], file.generic_string());
      INFO(place->first << " in " << place->second << " and in " << file.generic_string());
      CHECK(is_new);
    }
  }
  CHECK(places.at("Decoder<float>") == "framework/layers/decoder.cpp");
}

TEST_CASE("The plan refuses what climbs a floor, reaches sideways or leaves its room", "[architecture]") {
  const auto refused = [](const std::string& path, const std::string& include) {
    return faults({{path, {include}}}).size() == 1;
  };
  CHECK(refused("framework/core/a.cpp", "framework/numeric/matrix.h"));
  CHECK(refused("framework/storage/a.cpp", "framework/parallel/communicator.h"));
  CHECK(refused("framework/numeric/a.h", "framework/layers/parameters.h"));
  CHECK(refused("framework/layers/a.h", "framework/model.h"));
  CHECK(refused("framework/layers/a.h", "framework/optimizers/adam.h"));
  CHECK(refused("framework/training/a.h", "models/registry.h"));
  CHECK(refused("framework/training/a.h", "launch/commands.h"));
  CHECK(refused("models/rnnsearch/a.h", "framework/parallel/communicator.h"));
  CHECK(refused("models/rnnsearch/a.h", "framework/storage/file.h"));
  CHECK(refused("framework/training/a.cpp", "mpi.h"));
  CHECK(refused("launch/train.cpp", "mpi.h"));
  CHECK(refused("framework/corpus/a.cpp", "hdf5.h"));
  CHECK(refused("framework/layers/a.cpp", "cblas.h"));
  CHECK(refused("framework/optimizers/a.cpp", "hwy/highway.h"));
  CHECK(refused("launch/a.cpp", "yaml-cpp/yaml.h"));
  CHECK(refused("framework/training/a.cpp", "spdlog/spdlog.h"));
  CHECK(refused("framework/checkpoint/a.cpp", "sentencepiece_processor.h"));
  CHECK(refused("framework/inspection/a.cpp", "utf8proc.h"));
  CHECK(refused("framework/evaluation/a.cpp", "framework/numeric/matrix.h"));
  CHECK(refused("framework/core/a.cpp", "CLI/CLI.hpp"));
  CHECK(refused("framework/core/a.cpp", "../numeric/matrix.h"));
  CHECK(refused("framework/cellar/a.cpp", "vector"));

  const auto accepted = [](const std::string& path, const std::string& include) {
    return faults({{path, {include}}}).empty();
  };
  CHECK(accepted("framework/parallel/a.cpp", "mpi.h"));
  CHECK(accepted("framework/numeric/a.cpp", "hwy/highway.h"));
  CHECK(accepted("framework/layers/a.cpp", "framework/numeric/matrix.h"));
  CHECK(accepted("models/rnnsearch/a.cpp", "framework/model.h"));
  CHECK(accepted("models/registry.cpp", "models/rnnsearch/rnnsearch.h"));
  CHECK(accepted("launch/train.cpp", "framework/training/trainer.h"));
}

TEST_CASE("Include lines are found however they are written", "[architecture]") {
  const std::vector<std::string> found = includes_of(
      "#include <mpi.h>  // for all\n  #  include \"framework/model.h\"\n// #include <not.h>\nint "
      "include;\n#include<a>\n");
  CHECK(found == std::vector<std::string>{"mpi.h", "framework/model.h", "a"});
}

}  // namespace lockstep
