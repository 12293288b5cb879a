// Files that earlier programs wrote (tests/files): what was readable once stays so.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "framework/checkpoint/checkpoint_reader.h"
#include "framework/checkpoint/state_digest.h"
#include "framework/core/errors.h"
#include "framework/corpus/parallel_corpus.h"
#include "framework/inspection/alignments_file.h"
#include "framework/inspection/run_history.h"
#include "framework/storage/user_block.h"
#include "tests/launch/run_program.h"
#include "tests/support/catch.h"
#include "tests/support/file_bytes.h"
#include "tests/temporary_folder.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::ContainsSubstring;

const std::vector<FileFormat> kFormats = {kCorpusFormat, kCheckpointFormat, kAlignmentsFormat};

fs::path kept(const std::string& name) {
  return fs::path(LOCKSTEP_SOURCE_DIR) / "tests/files" / name;
}

UserBlock user_block_of(const fs::path& path) {
  const std::string bytes = read_bytes(path);
  const auto block = decode_user_block(std::as_bytes(std::span(bytes)));
  INFO(path.string());
  REQUIRE(block.has_value());
  return *block;
}

std::string name_of(const FileFormat& format, std::uint32_t version) {
  return std::string(format.name) + "-" + std::to_string(version) + ".h5";
}

/// What h5py reads (tests/reference/read_kept_files.py): words behind the name of a file and of what is in it.
std::vector<std::string> seen_by_h5py(const std::string& file, const std::string& what) {
  std::ifstream lines(kept("h5py.txt"));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::vector<std::string> all{std::istream_iterator<std::string>(words), {}};
    if (all.size() < 2 || all[0] != file || all[1] != what) continue;
    all.erase(all.begin(), all.begin() + 2);
    return all;
  }
  FAIL("h5py.txt says nothing of " << what << " in " << file);
  return {};
}

std::string sentence(const MappedSentences& sentences, const Vocabulary& words, std::uint64_t i) {
  return words.decode(sentences[i]);
}

/// What each version of the checkpoint format has in its kept file.
struct KeptCheckpoint {
  std::uint32_t version;
  std::string digest;  ///< that the program that wrote it printed: lockstep inspect --digest
  std::string corpus;  ///< it was trained on
  std::vector<std::string> slots;
  bool bleu;
};

const std::vector<KeptCheckpoint> kCheckpoints = {
    {1, "0a375efc2a7cd97ef83554227a70ed82", "corpus-1.h5", {"velocity"}, false},
    {2, "6bc4ea678cd13735c9ef13c14f8ac75b", "corpus-2.h5", {"squared_gradient", "squared_update"}, true},
    {3, "bd328315ef2c93f364a51994c79374f7", "corpus-2.h5", {"m", "v"}, true},
};

}  // namespace

TEST_CASE("Of each version of each format that is read, a file is kept", "[files]") {
  static const std::regex kDefinition(R"(constexpr FileFormat k\w+\{"([a-z-]+)\")");
  std::set<std::string> defined;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(LOCKSTEP_SOURCE_DIR) / "framework")) {
    if (entry.path().extension() != ".h") continue;
    const std::string text = read_bytes(entry.path());
    for (auto found = std::sregex_iterator(text.begin(), text.end(), kDefinition); found != std::sregex_iterator();
         ++found) {
      defined.insert((*found)[1]);
    }
  }
  std::set<std::string> known;
  for (const FileFormat& format : kFormats) {
    known.insert(std::string(format.name));
    const std::uint32_t oldest = format.oldest_read == 0 ? format.version : format.oldest_read;
    for (std::uint32_t version = oldest; version <= format.version; ++version) {
      INFO("keep a small file of it, as tests/files/README.md says: " << name_of(format, version));
      REQUIRE(fs::exists(kept(name_of(format, version))));
      CHECK(user_block_of(kept(name_of(format, version))).format == format.name);
      CHECK(user_block_of(kept(name_of(format, version))).version == version);
    }
  }
  CHECK(defined == known);
  CHECK(kCheckpoints.size() == kCheckpointFormat.version);
}

TEST_CASE("A kept file in a version that isn't known is refused by what it is and what to do", "[files]") {
  const TemporaryFolder folder;
  for (const FileFormat& format : kFormats) {
    std::string bytes = read_bytes(kept(name_of(format, format.version)));
    bytes[40] = static_cast<char>(format.version + 1);  // the version's place in the user block
    write_bytes(folder / "newer.h5", bytes);
    const Outcome outcome = run_program("inspect '" + (folder / "newer.h5").string() + "'");
    CHECK(outcome.exit_code == 3);
    CHECK_THAT(outcome.output, ContainsSubstring("newer.h5: is in version " + std::to_string(format.version + 1)) &&
                                   ContainsSubstring("of the " + std::string(format.name) + " format") &&
                                   ContainsSubstring("use a newer Lockstep"));
    CHECK(std::count(outcome.output.begin(), outcome.output.end(), '\n') == 1);
  }
}

TEST_CASE("Kept corpora hold the text that was prepared", "[files]") {
  // With the digests that `prepare` printed.
  const std::map<std::string, std::string> digests = {{"corpus-1.h5", "2e86fb81ff43f6de99e13a3211b2b01c"},
                                                      {"corpus-1-pieces.h5", "bebb17a434dd367389a4fba6e342b20f"},
                                                      {"corpus-2.h5", "e6346ee9d1b8cea19b374bc34da8d699"}};
  for (const auto& [name, digest] : digests) {
    INFO(name);
    const ParallelCorpus corpus(kept(name));
    CHECK(to_string(corpus.digest()) == digest);
    const Vocabularies& words = corpus.vocabularies();
    CHECK(corpus.train().size() == 48);
    CHECK(corpus.train().counts().read == 48);
    CHECK(corpus.validation().size() == 8);
    CHECK(sentence(corpus.train().source(), *words.source, 0) == "the cat sees the green tree");
    CHECK(sentence(corpus.train().target(), *words.target, 0) == "le chat voit le vert arbre");
    CHECK(sentence(corpus.validation().source(), *words.source, 7) == "the green bird finds the house");
    const bool pieces = name == "corpus-1-pieces.h5";
    CHECK(words.source->kind() == (pieces ? VocabularyKind::kSentencePiece : VocabularyKind::kWord));
    CHECK(words.source->size() == (pieces ? 32 : 15));
    // Their text is encoded as it was then.
    const std::span<const Token> first = corpus.train().target()[0];
    std::vector<Token> again = words.target->encode("le chat voit le vert arbre");
    again.push_back(0);
    CHECK(std::ranges::equal(first, again));
    const PairLines text = corpus.validation_text();
    CHECK(text.source.size() == (name.starts_with("corpus-1") ? 0 : 8));
    if (!text.source.empty()) CHECK(text.target[7] == "le vert oiseau trouve le toit");
    CHECK(run_program("inspect '" + kept(name).string() + "'").exit_code == 0);
  }
}

TEST_CASE("Kept checkpoints hold what the programs that wrote them said", "[files]") {
  for (const KeptCheckpoint& expected : kCheckpoints) {
    const std::string name = name_of(kCheckpointFormat, expected.version);
    INFO(name);
    const CheckpointReader checkpoint(kept(name));
    CHECK(state_digest(checkpoint) == expected.digest);
    CHECK(checkpoint.slots() == expected.slots);
    CHECK(checkpoint.record().corpus_digest == to_string(ParallelCorpus(kept(expected.corpus)).digest()));
    CHECK(checkpoint.record().program_version == "0.1.0");
    const Progress& progress = checkpoint.record().progress;
    CHECK(progress.update == 800);
    CHECK(progress.words == 67200);  // 800 updates of 12 sentences of 7
    CHECK(progress.skipped == 0);
    const std::vector<ValidationRecord>& history = checkpoint.record().history;
    REQUIRE(history.size() == 4);
    CHECK(history[1].update == 400);
    CHECK(history[3].bleu.has_value() == expected.bleu);
    if (expected.bleu) CHECK(*history[3].bleu == Approx(100));
    CHECK(history[0].cross_entropy == std::stod(seen_by_h5py(name, "history/cross_entropy").at(0)));
    std::vector<double> weights;
    checkpoint.read_pieces("model/output/W_o", 5, [&](std::span<const float> values) {
      weights.insert(weights.end(), values.begin(), values.end());
    });
    const std::vector<std::string> seen = seen_by_h5py(name, "model/output/W_o");
    REQUIRE(seen.size() == weights.size());
    for (std::size_t i = 0; i < seen.size(); ++i) CHECK(weights[i] == std::stod(seen[i]));
  }
}

TEST_CASE("Kept checkpoints translate what they have learned", "[files]") {
  for (const KeptCheckpoint& expected : kCheckpoints) {
    const fs::path path = kept(name_of(kCheckpointFormat, expected.version));
    INFO(path.string());
    const Outcome outcome = run_program("translate '" + path.string() +
                                            "' --gemm openblas 2>/dev/null <<'END'\nthe green bird finds the house\n"
                                            "the old boat sees the cat\nEND",
                                        kMpiSettings);
    CHECK(outcome.output == "le vert oiseau trouve le toit\nle vieux bateau voit le chat\n");
  }
}

TEST_CASE("A run goes on from each kept checkpoint, with the configuration of that time", "[files]") {
  for (const KeptCheckpoint& expected : kCheckpoints) {
    const TemporaryFolder folder;
    const fs::path file = kept(name_of(kCheckpointFormat, expected.version));
    INFO(file.string());
    fs::create_directories(folder / "run/checkpoints");
    fs::copy(file, folder / "run/checkpoints/checkpoint-00000800.h5");
    fs::copy(kept(expected.corpus), folder / "run/corpus.h5");
    folder.file("run.yaml", CheckpointReader(file).record().configuration);
    const Outcome outcome = run_program("train run.yaml --set training.updates=804 --allow-different-compute",
                                        "cd '" + folder.path().string() + "' && " + kMpiSettings);
    CAPTURE(outcome.output);
    CHECK(outcome.exit_code == 0);
    const CheckpointReader checkpoint(folder / "run/checkpoints/checkpoint-00000804.h5");
    CHECK(checkpoint.record().progress.update == 804);
    CHECK(checkpoint.record().history.front() == CheckpointReader(file).record().history.front());
    CHECK(checkpoint.slots() == expected.slots);
    // What was learned is still there.
    CHECK_THAT(outcome.output, ContainsSubstring("validation perplexity 1.0"));
  }
}

TEST_CASE("A kept alignments file holds the matrix that h5py sees", "[files]") {
  const AlignmentsReader alignments(kept("alignments-1.h5"));
  REQUIRE(alignments.size() == 8);
  CHECK(alignments.info().kind == "translation");
  const AlignedSentence last = alignments.read(7);
  CHECK(last.line == 7);
  CHECK(last.source_text == "the green bird finds the house");
  CHECK(last.target_text == "le vert oiseau trouve le toit");
  CHECK(last.source == std::vector<std::string>{"the", "green", "bird", "finds", "the", "house", "</s>"});
  CHECK(last.target.back() == "</s>");
  const std::vector<std::string> seen = seen_by_h5py("alignments-1.h5", "alpha[7]");
  const std::vector<float>& alpha = last.alignment.weights;
  REQUIRE(alpha.size() == 49);
  REQUIRE(seen.size() == alpha.size());
  for (std::size_t i = 0; i < seen.size(); ++i) CHECK(static_cast<double>(alpha[i]) == std::stod(seen[i]));
}

TEST_CASE("Kept metrics are read, from before BLEU and from before skipped updates too", "[files]") {
  const RunHistory first = read_metrics(kept("metrics-1.jsonl"));
  CHECK(first.loss.x == std::vector<double>{1, 2, 3, 4, 5, 6});
  CHECK(first.loss.y.front() == 2.7282827409411414);
  CHECK(first.validation_cross_entropy.y == std::vector<double>{2.712238610471247, 2.6922411474290824});
  CHECK(first.bleu.x.empty());
  const RunHistory second = read_metrics(kept("metrics-2.jsonl"));
  CHECK(second.loss.y == first.loss.y);
  CHECK(second.bleu.y == std::vector<double>{0.9719210533769762, 0.9419797660963172});
  const RunHistory third = read_metrics(kept("metrics-3.jsonl"));
  CHECK(third.loss.x == std::vector<double>{1});
  CHECK(third.loss.y == std::vector<double>{2.728282743227183});
}

}  // namespace lockstep
