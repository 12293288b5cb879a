#include "framework/core/configuration.h"

#include <filesystem>
#include <fstream>
#include <string>

#include "framework/core/configuration_schema.h"
#include "framework/core/errors.h"
#include "tests/support/catch.h"

namespace lockstep {
namespace {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::Equals;

const std::string kLeast = "run: runs/x\ncorpus: {source: a.en, target: a.fr}\n";

/// The message of the ConfigError that parsing ends with.
std::string refusal(const std::string& yaml, const std::vector<std::string>& overrides = {}) {
  try {
    static_cast<void>(parse_configuration(yaml, "x.yaml", overrides));
  } catch (const ConfigError& error) {
    CHECK(error.exit_code() == ExitCode::kUsage);
    CHECK(std::string(error.what()).find('\n') == std::string::npos);
    return error.what();
  }
  return "accepted";
}

std::string refused_override(const std::string& text) {
  return refusal(kLeast, {text});
}

}  // namespace

TEST_CASE("A configuration of run and corpus alone has every default", "[core]") {
  const Configuration c = parse_configuration(kLeast, "x.yaml", {});
  CHECK(c.run == "runs/x");
  CHECK(c.corpus.source == std::vector<std::string>{"a.en"});
  CHECK(c.seed == 1);
  CHECK(c.corpus.vocabulary.kind == VocabularyKind::kSentencePiece);
  CHECK(c.model.hidden == 512);
  CHECK(c.training.optimizer.kind == OptimizerKind::kAdam);
  CHECK(c.training.checkpoint.keep == 3);
}

TEST_CASE("Every kind of value is read from block and flow style", "[core]") {
  const Configuration c = parse_configuration(R"(
run: "runs/with blank"
seed: 42
corpus:
  source: [a.en, b.en]
  target:
    - a.fr
    - b.fr
  validation: {source: v.en, target: v.fr}
  vocabulary: {kind: word, size: 30000, joint: false}
model:
  kind: rnnencdec
  cell: lstm
  encoder: forward
  dropout: {output: 0.25}
training:
  shards: 16
  optimizer:
    kind: adadelta
    learning_rate: 1
    epsilon: 1e-6
)",
                                              "x.yaml", {});
  CHECK(c.run == "runs/with blank");
  CHECK(c.seed == 42);
  CHECK(c.corpus.source == std::vector<std::string>{"a.en", "b.en"});
  CHECK(c.corpus.target == std::vector<std::string>{"a.fr", "b.fr"});
  CHECK(c.corpus.validation.target == std::vector<std::string>{"v.fr"});
  CHECK(c.corpus.vocabulary.kind == VocabularyKind::kWord);
  CHECK_FALSE(c.corpus.vocabulary.joint);
  CHECK(c.model.kind == ModelKind::kRnnEncDec);
  CHECK(c.model.cell == CellKind::kLstm);
  CHECK(c.model.encoder == EncoderKind::kForward);
  CHECK(c.model.dropout.output == 0.25);
  CHECK(c.model.dropout.context == 0);
  CHECK(c.training.shards == 16);
  CHECK(c.training.optimizer.kind == OptimizerKind::kAdadelta);
  CHECK(c.training.optimizer.learning_rate == 1);
  CHECK(c.training.optimizer.epsilon == 1e-6);
}

TEST_CASE("An unknown key is refused with its line and the nearest known key", "[core]") {
  CHECK_THAT(refusal(kLeast + "model:\n  hiden: 3\n"),
             Equals("x.yaml:4: unknown key model.hiden; did you mean model.hidden?"));
  CHECK_THAT(refusal(kLeast + "trainnig: {shards: 2}\n"),
             Equals("x.yaml:3: unknown key trainnig; did you mean training?"));
  CHECK_THAT(refusal(kLeast + "hidden: 3\n"), ContainsSubstring("did you mean model.hidden?"));
  CHECK_THAT(
      refusal(kLeast + "training:\n  optimizer:\n    learnrate: 3\n"),
      Equals("x.yaml:5: unknown key training.optimizer.learnrate; did you mean training.optimizer.learning_rate?"));
  CHECK_THAT(refusal(kLeast + "training.shards: 4\n"), ContainsSubstring("did you mean training.shards (one level"));
  CHECK_THAT(refusal(kLeast + "\"a\\nb\": 4\n"), ContainsSubstring("unknown key 'a\\nb'"));
  CHECK_THAT(refusal(kLeast + "? [a, b]\n: 4\n"),
             ContainsSubstring("x.yaml:3: a key must be a plain name, but is a list"));
}

TEST_CASE("A value of the wrong type is refused with what was expected and what stands there", "[core]") {
  CHECK_THAT(refusal(kLeast + "seed: abc\n"),
             Equals("x.yaml:3: seed must be a whole number from 0 to 9223372036854775807, but is 'abc'"));
  CHECK_THAT(refusal(kLeast + "model: {hidden: 1.5}\n"),
             ContainsSubstring("model.hidden must be a whole number from 1 to 65536"));
  CHECK_THAT(refusal(kLeast + "model: {hidden: \"512\"}\n"), ContainsSubstring("but is '512'"));
  CHECK_THAT(refusal(kLeast + "model: {hidden: [1]}\n"), ContainsSubstring("but is a list"));
  CHECK_THAT(refusal(kLeast + "model: {hidden: {a: 1}}\n"), ContainsSubstring("but is a group of keys"));
  CHECK_THAT(refusal(kLeast + "model: {hidden: }\n"), ContainsSubstring("but is empty"));
  CHECK_THAT(refusal(kLeast + "model: gru\n"),
             ContainsSubstring("x.yaml:3: model must be a group of keys, but is 'gru'"));
  CHECK_THAT(refusal(kLeast + "model: {cell: GRU}\n"),
             ContainsSubstring("model.cell must be tanh, gru or lstm, but is 'GRU'"));
  CHECK_THAT(refusal(kLeast + "compute: {gemm: magic}\n"),
             ContainsSubstring("compute.gemm must be auto, onednn, openblas or panels, but is 'magic'"));
  CHECK_THAT(refusal("run: r\ncorpus: {source: a, target: b, vocabulary: {joint: yes}}\n"),
             ContainsSubstring("corpus.vocabulary.joint must be true or false, but is 'yes'"));
  CHECK_THAT(refusal("run: r\ncorpus:\n  source: [a, [b]]\n  target: c\n"),
             ContainsSubstring("x.yaml:3: corpus.source must be a file name or a list of them, but is a list"));
  CHECK_THAT(refusal("- run\n"), ContainsSubstring("a configuration must be a group of keys, but is a list"));
  CHECK_THAT(refusal("run: ''\ncorpus: {source: a, target: b}\n"), ContainsSubstring("run must be a text, but is ''"));
}

TEST_CASE("A value out of range is refused", "[core]") {
  CHECK_THAT(refused_override("training.shards=6"),
             ContainsSubstring("training.shards must be a power of two from 1 to 65536"));
  CHECK_THAT(refused_override("training.shards=6"), ContainsSubstring("but is '6'; take 4 or 8"));
  CHECK_THAT(refused_override("training.shards=0"), ContainsSubstring("but is '0'"));
  CHECK_THAT(refused_override("model.hidden=-1"), ContainsSubstring("but is '-1'"));
  CHECK_THAT(refused_override("seed=99999999999999999999"), ContainsSubstring("seed must be"));
  CHECK_THAT(refused_override("model.dropout.output=1"),
             ContainsSubstring("a number of at least 0 and below 1, but is '1'"));
  CHECK_THAT(refused_override("training.optimizer.learning_rate=-1"),
             ContainsSubstring("a number of at least 0, but is '-1'"));
  CHECK_THAT(refused_override("training.clip_norm=.nan"), ContainsSubstring("training.clip_norm must be"));
  CHECK_THAT(refused_override("training.clip_norm=nan"), ContainsSubstring("training.clip_norm must be"));
  CHECK_THAT(refused_override("training.clip_norm=inf"), ContainsSubstring("training.clip_norm must be"));
  CHECK_THAT(refusal("run: r\ncorpus: {source: [], target: b}\n"), ContainsSubstring("corpus.source must be"));
}

TEST_CASE("A key that is given twice is refused", "[core]") {
  CHECK_THAT(refusal(kLeast + "seed: 1\nseed: 1\n"), Equals("x.yaml:4: seed is given twice; keep one"));
  CHECK_THAT(refusal(kLeast + "model:\n  cell: gru\n  cell: gru\n"),
             ContainsSubstring("x.yaml:5: model.cell is given twice"));
}

TEST_CASE("What has no default must be given", "[core]") {
  CHECK_THAT(refusal("corpus: {source: a, target: b}\n"), ContainsSubstring("x.yaml: run is missing"));
  CHECK_THAT(refusal("run: r\n"), ContainsSubstring("x.yaml: corpus.source is missing"));
  CHECK_THAT(refusal("run: r\ncorpus: {source: a}\n"), ContainsSubstring("corpus.target is missing"));
  CHECK_THAT(refusal(""), ContainsSubstring("run is missing"));
  CHECK_THAT(refusal("run: r\ncorpus: {source: a, target: b, validation: {source: c}}\n"),
             ContainsSubstring("corpus.validation has a source without a target"));
}

TEST_CASE("Broken YAML is refused with its line", "[core]") {
  CHECK_THAT(refusal("run: r\nmodel: {cell: gru\n"), ContainsSubstring("is not valid YAML"));
  CHECK_THAT(refusal("run: r\n\tmodel: 1\n"), ContainsSubstring("x.yaml:2: is not valid YAML"));
  CHECK_THAT(refusal(kLeast + "---\nseed: 1\n"), ContainsSubstring("x.yaml:3: holds more than one YAML document"));
  CHECK_THAT(refusal(std::string(100'000, '[')), ContainsSubstring("is not valid YAML"));
}

TEST_CASE("A comma where nothing can begin is refused, and not looked at for ever", "[core]") {
  CHECK_THAT(refusal(", joint: true}\n"),
             ContainsSubstring("x.yaml:1: is not valid YAML: nothing can begin like this"));
  CHECK_THAT(refused_override("training.shards=,16"), ContainsSubstring("nothing can begin like this"));
}

TEST_CASE("Values may be repeated by aliases, but not without end", "[core]") {
  const Configuration c = parse_configuration(
      "run: &a r\ncorpus: {source: *a, target: *a, validation: {source: *a, target: *a}}\n", "x.yaml", {});
  CHECK(c.corpus.validation.target == std::vector<std::string>{"r"});
  std::string bomb = "run: &a " + std::string(500'000, 'x') + "\ncorpus:\n  target: a\n  source:\n";
  for (int i = 0; i < 40'000; ++i) bomb += "  - *a\n";
  CHECK_THAT(refusal(bomb), ContainsSubstring("x.yaml:105: is alias number 101; write values out"));
  CHECK_THAT(refusal("run: &a r\ncorpus: &c {source: *a, target: *a, validation: *c}\n"),
             ContainsSubstring("unknown key corpus.validation.validation"));
}

TEST_CASE("A text longer than any configuration is refused before it is looked at", "[core]") {
  CHECK_THAT(refusal(kLeast + "# " + std::string(1 << 20, 'x')),
             ContainsSubstring("x.yaml: is longer than 1048576 bytes"));
  try {
    static_cast<void>(load_configuration("/dev/zero", {}));
    FAIL("accepted");
  } catch (const ConfigError& error) {
    CHECK_THAT(error.what(), ContainsSubstring("/dev/zero: is longer than"));
  }
}

TEST_CASE("Overrides lie over the file, the last one on top, and take YAML", "[core]") {
  const Configuration c =
      parse_configuration(kLeast + "training: {shards: 2, epochs: 3}\n", "x.yaml",
                          {"training.shards=16", "training.optimizer={kind: sgd, learning_rate: 0.1}",
                           "corpus.source=[b.en, c.en]", "run=r=1", "training.shards=32"});
  CHECK(c.training.shards == 32);
  CHECK(c.training.epochs == 3);
  CHECK(c.training.optimizer.kind == OptimizerKind::kSgd);
  CHECK(c.training.optimizer.learning_rate == 0.1);
  CHECK(c.training.optimizer.momentum == 0.9);
  CHECK(c.corpus.source == std::vector<std::string>{"b.en", "c.en"});
  CHECK(c.run == "r=1");
}

TEST_CASE("A wrong override is refused by its own text", "[core]") {
  CHECK_THAT(refused_override("training.shrads=3"),
             Equals("--set 'training.shrads=3': unknown key training.shrads; did you mean training.shards?"));
  CHECK_THAT(refused_override("training.optimizer={kid: sgd}"),
             ContainsSubstring("unknown key training.optimizer.kid; did you mean"));
  CHECK_THAT(refused_override("training.shards"), ContainsSubstring("must look like key.path=value"));
  CHECK_THAT(refused_override("=3"), ContainsSubstring("must look like key.path=value"));
  CHECK_THAT(refused_override("training.shards="), ContainsSubstring("but is empty"));
  CHECK_THAT(refused_override("training=3"), ContainsSubstring("training must be a group of keys"));
  CHECK_THAT(refused_override("model.cell=[gru"), ContainsSubstring("is not valid YAML"));
}

TEST_CASE("A configuration that is printed and read again is the same, whatever its texts hold", "[core]") {
  Configuration c = parse_configuration(kLeast, "x.yaml", {});
  c.run = "a: b # \"c\" \\ \t\n é";
  c.corpus.source = {"null", "~", "-", "- x", "[a", "true", "12", "@a", "---"};
  c.corpus.validation = {{"v"}, {"w", "x"}};
  c.training.optimizer.learning_rate = 0.1;
  c.training.clip_norm = 1.0 / 3.0;
  c.training.optimizer.epsilon = 1e-300;
  c.seed = 9223372036854775807;
  const Configuration again = parse_configuration(to_yaml(c), "printed", {});
  CHECK(again.run == c.run);
  CHECK(again.corpus.source == c.corpus.source);
  CHECK(again.corpus.validation.target == c.corpus.validation.target);
  CHECK(again.training.clip_norm == c.training.clip_norm);
  CHECK(again.training.optimizer.epsilon == c.training.optimizer.epsilon);
  CHECK(differences(c, again).empty());
  CHECK(to_yaml(again) == to_yaml(c));
}

TEST_CASE("Differences name the keys, both values and whether a resumed run may differ", "[core]") {
  const Configuration left = parse_configuration(kLeast, "x.yaml", {});
  const Configuration right =
      parse_configuration(kLeast, "x.yaml",
                          {"seed=2", "run=other", "model.cell=lstm", "training.epochs=30", "training.clip_norm=0.5",
                           "training.optimizer.learning_rate=0.5", "training.checkpoint.keep=9"});
  const std::vector<ConfigurationDifference> found = differences(left, right);
  REQUIRE(found.size() == 7);
  CHECK(found[0].key == "run");
  CHECK_FALSE(found[0].changes_run);
  CHECK(found[1].key == "seed");
  CHECK(found[1].left == "1");
  CHECK(found[1].right == "2");
  CHECK(found[1].changes_run);
  CHECK(found[2].key == "model.cell");
  CHECK(found[2].right == "lstm");
  CHECK(found[2].changes_run);
  CHECK(found[3].key == "training.epochs");
  CHECK_FALSE(found[3].changes_run);
  CHECK(found[4].key == "training.optimizer.learning_rate");
  CHECK_FALSE(found[4].changes_run);
  CHECK(found[5].key == "training.clip_norm");
  CHECK(found[5].changes_run);
  CHECK(found[6].key == "training.checkpoint.keep");
  CHECK_FALSE(found[6].changes_run);
}

TEST_CASE("A file that is missing or a folder is refused by name", "[core]") {
  CHECK_THROWS_WITH(load_configuration("/nonexistent/x.yaml", {}), ContainsSubstring("/nonexistent/x.yaml: no such"));
  CHECK_THROWS_WITH(load_configuration("/", {}), ContainsSubstring("/: is a folder"));
}

}  // namespace lockstep
