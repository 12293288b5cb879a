// Makes the fuzzers' seeds: seeds.cpp FOLDER SOURCE_FOLDER fills FOLDER/<input>/.
#include <sentencepiece_trainer.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

#include "framework/checkpoint/checkpoint_writer.h"
#include "framework/core/configuration.h"
#include "framework/corpus/corpus_writer.h"
#include "framework/corpus/prepare.h"
#include "framework/corpus/sentencepiece_vocabulary.h"
#include "framework/storage/whole_file.h"
#include "tests/support/sample_alignments.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSource = "Two dogs play .\nA dog runs in the snow .\nTwo men ride bikes .\n";
constexpr const char* kTarget =
    "Deux chiens jouent .\nUn chien court dans la neige .\nDeux hommes font du v\u00E9lo .\n";

fs::path folder_for(const fs::path& seeds, const char* input) {
  fs::create_directories(seeds / input);
  return seeds / input;
}

CorpusConfiguration corpus_of(const fs::path& folder, VocabularyKind kind) {
  write_file(folder / "source", kSource);
  write_file(folder / "target", kTarget);
  CorpusConfiguration corpus;
  corpus.source = {folder / "source"};
  corpus.target = {folder / "target"};
  corpus.validation = {corpus.source, corpus.target};
  corpus.vocabulary.kind = kind;
  corpus.vocabulary.size = 40;
  return corpus;
}

/// A model whose table of characters is small, so that changes meet it as often as the rest.
std::string small_model(const fs::path& seeds) {
  const fs::path rules = seeds / "scratch/rules";
  // Characters by their numbers: é to e, fi as one character to two.
  write_file(rules, "E9\t65\nFB01\t66 69\n");
  const std::unordered_map<std::string, std::string> options = {
      {"model_type", "unigram"}, {"vocab_size", "40"}, {"hard_vocab_limit", "false"},
      {"eos_id", "0"},           {"unk_id", "1"},      {"bos_id", "-1"},
      {"pad_id", "-1"},          {"minloglevel", "3"}, {"normalization_rule_tsv", rules.string()},
      {"input_format", "text"},  {"num_threads", "1"}, {"input", (seeds / "scratch/target").string()},
  };
  std::string model;
  const auto status = sentencepiece::SentencePieceTrainer::Train(options, nullptr, &model);
  if (!status.ok()) throw std::runtime_error(status.ToString());
  return model;
}

void write_corpora(const fs::path& seeds) {
  const fs::path scratch = folder_for(seeds, "scratch");
  const fs::path folder = folder_for(seeds, "corpus");
  const CorpusConfiguration corpus = corpus_of(scratch, VocabularyKind::kWord);
  prepare_corpus(
      corpus, folder / "words.h5", [](std::string_view, std::uint64_t, std::uint64_t) {}, 1);

  const std::string model = small_model(seeds);
  write_file(folder_for(seeds, "vocabulary") / "small", model);
  const auto pieces = std::make_shared<SentencePieceVocabulary>(model);
  PairCollector pairs(scratch, 50);
  pairs.add(pieces->encode("Deux chiens jouent ."), pieces->encode("Deux hommes ."));
  FileWriter file(folder / "pieces.h5", kCorpusFormat);
  file.write_text("/config", preparation_settings(corpus));
  file.write_text("/text", "0123");
  write_vocabularies(file, {pieces, pieces});
  pairs.write(file, "/train");
  pairs.write(file, "/validation");
  write_validation_text(file, {{"Deux chiens jouent ."}, {"Deux hommes ."}});
  file.commit();
}

void write_checkpoints(const fs::path& seeds) {
  const fs::path folder = folder_for(seeds, "checkpoint");
  const ParallelCorpus corpus(seeds / "corpus/words.h5");
  ParameterLayout layout;
  layout.add("encoder/forward/U", 3, 5, {});
  layout.add("output/bias", 1, 7, {});
  std::vector<float> parameters(layout.size());
  for (std::size_t i = 0; i < parameters.size(); ++i)
    parameters[i] = static_cast<float>(std::sin(static_cast<double>(i)));
  RunRecord record;
  record.progress = {17, 2, 3, 4711, 3, 1, 10, 1.25, 31.5};
  record.history = {{5, 0, 100, 2.5}, {10, 1, 100, 1.25, 31.5}, {15, 1, 100, 1.5}};
  record.compute = {"openblas 0.3.21", "AVX2"};
  Configuration configuration;
  configuration.run = "runs/x";
  configuration.corpus.source = {"a"};
  configuration.corpus.target = {"b"};
  record.configuration = to_yaml(configuration);
  record.corpus_digest = to_string(corpus.digest());
  record.program_version = "0.1.0";
  const auto fetch = [&](const SlotPiece& piece, std::span<float> into) {
    std::copy_n(parameters.begin() + static_cast<std::ptrdiff_t>(piece.begin), piece.count, into.begin());
  };
  write_checkpoint(folder / "small.h5", {layout, parameters, {"m", "v"}, fetch, record, [&](FileWriter& file) {
                                           write_vocabularies(file, corpus.vocabularies());
                                         }});
}

void write_texts(const fs::path& seeds, const fs::path& sources) {
  const fs::path configurations = folder_for(seeds, "configuration");
  for (const fs::directory_entry& entry : fs::directory_iterator(sources / "configs")) {
    if (entry.path().extension() != ".yaml") continue;
    fs::copy_file(entry.path(), configurations / entry.path().filename(), fs::copy_options::overwrite_existing);
  }
  const std::string least = "run: r\ncorpus: {source: [a, b], target: [c, d]}\n";
  write_file(configurations / "overrides", least +
                                               "\xFFtraining.shards=16\xFF"
                                               "model={cell: lstm, hidden: 7}");
  write_file(configurations / "anchors", "run: &a r\ncorpus: &c\n  source: *a\n  target: *a\n  validation: *c\n");
  write_file(folder_for(seeds, "links") / "pair",
             "0-0 1-2 2?1 2-2\xFF"
             "0-0 1?2");
  write_file(folder_for(seeds, "metrics") / "run",
             "{\"kind\":\"update\",\"update\":1,\"loss\":4.5,\"cross_entropy\":4.5,\"words_per_second\":1000}\n"
             "{\"kind\":\"update\",\"update\":2,\"loss\":4.1,\"cross_entropy\":4.0,\"words_per_second\":900}\n"
             "{\"kind\":\"validation\",\"update\":2,\"cross_entropy\":3.5,\"bleu\":12.5}\n");
  write_file(folder_for(seeds, "text") / "lines",
             std::string("\xEF\xBB\xBF") + kSource + kTarget +
                 "It's 3.5 % of $1,000-odd; \u03A3\u03A3. \u4E2D\u6587\u3002 \U0001F468\u200D\U0001F469\r\n\xC3\n");
  const fs::path prepare = folder_for(seeds, "prepare");
  for (const char* kind : {"\x01", "\x04", "\x08", "\x09"}) {
    write_file(prepare / std::to_string(kind[0]), std::string(kind) + kSource + "\xFF" + kTarget);
  }
}

void write_all(const fs::path& seeds, const fs::path& sources) {
  write_corpora(seeds);
  write_checkpoints(seeds);
  const fs::path alignments = folder_for(seeds, "alignments");
  write_alignments(alignments / "two", {two_dogs(), diagonal(3, 5)});
  write_alignments(alignments / "none", {});
  write_texts(seeds, sources);
}

}  // namespace
}  // namespace lockstep

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  lockstep::write_all(argv[1], argv[2]);
}
