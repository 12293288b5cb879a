#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "framework/core/configuration.h"
#include "framework/core/configuration_schema.h"
#include "tests/support/catch.h"

namespace lockstep {
namespace {

const std::filesystem::path kConfigs = std::filesystem::path(LOCKSTEP_SOURCE_DIR) / "configs";

/// The dotted keys of a file of plain block style, a comment's presence with each; independent of the YAML reader.
struct Line {
  std::string key;
  bool commented;
};

std::vector<Line> keys_of_block_style(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::vector<std::string> path;
  std::vector<Line> lines;
  for (std::string line; std::getline(stream, line);) {
    const std::size_t indent = line.find_first_not_of(' ');
    if (indent == std::string::npos || line[indent] == '#') continue;
    path.resize(indent / 2);
    path.push_back(line.substr(indent, line.find(':') - indent));
    std::string key;
    for (const std::string& name : path) key += (key.empty() ? "" : ".") + name;
    lines.push_back({key, line.find("# ") != std::string::npos});
  }
  return lines;
}

}  // namespace

TEST_CASE("The reference holds every key with its default", "[configs]") {
  const Configuration reference = load_configuration(kConfigs / "reference.yaml", {});
  for (const ConfigurationDifference& difference : differences(reference, Configuration())) {
    INFO(difference.key << ": " << difference.left << " in the reference, " << difference.right << " by default");
    // These have no default.
    CHECK((difference.key == "run" || difference.key == "corpus.source" || difference.key == "corpus.target"));
  }
  std::set<std::string> named;
  for (const Line& line : keys_of_block_style(kConfigs / "reference.yaml")) named.insert(line.key);
  Configuration any;
  for (const ConfigurationField& field : configuration_fields(any)) {
    INFO("configs/reference.yaml lacks " << field.key);
    CHECK(named.contains(std::string(field.key)));
  }
}

TEST_CASE("The reference says in a comment what each key is for", "[configs]") {
  const std::vector<Line> lines = keys_of_block_style(kConfigs / "reference.yaml");
  for (std::size_t i = 0; i < lines.size(); ++i) {
    INFO(lines[i].key);
    const bool is_group = i + 1 < lines.size() && lines[i + 1].key.starts_with(lines[i].key + '.');
    const bool is_validation_side = lines[i].key.starts_with("corpus.validation.");  // said at corpus.validation
    CHECK((lines[i].commented || is_group || is_validation_side));
  }
}

TEST_CASE("Every configuration of the folder can be read", "[configs]") {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kConfigs)) {
    if (entry.path().extension() != ".yaml") continue;
    INFO(entry.path());
    CHECK_NOTHROW(load_configuration(entry.path(), {}));
    ++files;
  }
  CHECK(files >= 6);
}

TEST_CASE("The configurations of benchmarks can be read", "[configs]") {
  const std::filesystem::path folder = std::filesystem::path(LOCKSTEP_SOURCE_DIR) / "tests/bench";
  const Configuration small = load_configuration(folder / "multi30k.yaml", {});
  CHECK(small.corpus.vocabulary.size == 8000);
  CHECK(small.training.shard_sentences == 64);
  const Configuration paper = load_configuration(folder / "paper.yaml", {});
  CHECK(paper.corpus.vocabulary.size == 30000);
  CHECK(paper.model.hidden == 1000);
  CHECK(paper.training.shard_sentences == 80);
}

TEST_CASE("The paper's configurations have the paper's sizes", "[configs]") {
  const Configuration search = load_configuration(kConfigs / "rnnsearch-50.yaml", {});
  const Configuration encdec = load_configuration(kConfigs / "rnnencdec-50.yaml", {});
  for (const Configuration& c : {search, encdec}) {
    CHECK(c.model.hidden == 1000);
    CHECK(c.model.embedding == 620);
    CHECK(c.model.maxout == 500);
    CHECK(c.corpus.vocabulary.kind == VocabularyKind::kWord);
    CHECK(c.corpus.vocabulary.size == 30000);
    CHECK(c.corpus.max_length == 50);
    CHECK(c.training.shards * c.training.shard_sentences == 80);
    CHECK(c.training.optimizer.kind == OptimizerKind::kAdadelta);
    CHECK(c.training.optimizer.learning_rate == 1);
    CHECK(c.training.clip_norm == 1);
    CHECK(c.training.label_smoothing == 0);
    CHECK(c.model.dropout.output == 0);
  }
  CHECK(search.model.attention == 1000);
  CHECK(search.model.kind == ModelKind::kRnnSearch);
  CHECK(encdec.model.kind == ModelKind::kRnnEncDec);
}

}  // namespace lockstep
