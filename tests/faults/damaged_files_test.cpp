// Files of a real run with one bit turned or their end cut off, at random places: each is refused in one line, none is
// read silently, and training goes on from the checkpoint before.
#include <fmt/format.h>

#include <filesystem>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "framework/checkpoint/checkpoint_reader.h"
#include "framework/checkpoint/checkpoint_store.h"
#include "framework/core/errors.h"
#include "framework/corpus/parallel_corpus.h"
#include "framework/inspection/alignments_file.h"
#include "tests/launch/run_program.h"
#include "tests/support/catch.h"
#include "tests/support/file_bytes.h"
#include "tests/temporary_folder.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

/// A run folder as the program makes it: a corpus, checkpoints of updates 5 and 10, and alignments of four sentences.
class SmallRunFolder {
 public:
  SmallRunFolder() {
    std::string source;
    std::string target;
    for (int i = 0; i < 60; ++i) {
      source += fmt::format("w{} w{} w{}\n", i % 7, i * i % 11, i * 3 % 5);
      target += fmt::format("v{} v{} v{}\n", i * 3 % 5, i * i % 11, i % 7);
    }
    folder_.file("en", source);
    folder_.file("xx", target);
    folder_.file("run.yaml", fmt::format(R"(run: {0}/run
corpus: {{source: {0}/en, target: {0}/xx, vocabulary: {{kind: word, size: 30, joint: false}}}}
model: {{embedding: 4, hidden: 6, attention: 5, maxout: 3}}
training: {{shards: 2, shard_sentences: 4, updates: 10, checkpoint: {{every_updates: 5, keep: 5}}}}
)",
                                         folder_.path().string()));
    run("prepare " + (folder_ / "run.yaml").string());
    train();
    run(fmt::format("translate {} --alignments {} < {}", checkpoint(10).string(), alignments().string(),
                    folder_.file("four", source.substr(0, 36)).string()));
  }

  [[nodiscard]] fs::path corpus() const { return folder_ / "run/corpus.h5"; }
  [[nodiscard]] fs::path alignments() const { return folder_ / "alignments.h5"; }
  [[nodiscard]] fs::path checkpoint(std::uint64_t update) const { return store().path_of(update); }
  [[nodiscard]] CheckpointStore store() const { return CheckpointStore(folder_ / "run"); }
  [[nodiscard]] std::string digest() const { return run("inspect --digest " + checkpoint(10).string()); }
  /// To update 10; what the program said.
  std::string train() const { return run("train " + (folder_ / "run.yaml").string()); }

 private:
  static std::string run(const std::string& arguments) {
    const Outcome outcome = run_program(arguments, kMpiSettings);
    INFO(arguments << ": " << outcome.output);
    REQUIRE(outcome.exit_code == 0);
    return outcome.output;
  }

  TemporaryFolder folder_;
};

struct Damage {
  std::string what;
  std::string bytes;
};

/// `flips` copies with one bit turned, then `cuts` that end early; places are random and the same in every run.
void for_each_damage(const std::string& good, int flips, int cuts, const std::function<void(const Damage&)>& body) {
  std::mt19937_64 random(good.size());
  std::uniform_int_distribution<std::size_t> place(0, good.size() - 1);
  std::uniform_int_distribution<int> bit(0, 7);
  for (int i = 0; i < flips + cuts; ++i) {
    const std::size_t at = place(random);
    if (i < flips) {
      const int turned = bit(random);
      Damage damage{fmt::format("bit {} of byte {} of {}", turned, at, good.size()), good};
      damage.bytes[at] = static_cast<char>(damage.bytes[at] ^ (1 << turned));
      body(damage);
    } else {
      body({fmt::format("cut to {} of {} bytes", at, good.size()), good.substr(0, at)});
    }
  }
}

/// The refusal of a reader, which has to be one line that begins with the file.
std::string refusal(const fs::path& path, const std::function<void(const fs::path&)>& read) {
  try {
    read(path);
  } catch (const DataError& error) {
    return error.what();
  } catch (const std::exception& error) {
    return fmt::format("another error: {}", error.what());
  }
  return "read as if it were good";
}

bool is_one_line_about(const std::string& message, const fs::path& path) {
  return message.starts_with(path.string() + ": ") && message.find('\n') == std::string::npos;
}

struct Kind {
  std::string name;
  fs::path path;
  std::function<void(const fs::path&)> read;
};

std::vector<Kind> kinds_of(const SmallRunFolder& run) {
  return {{"checkpoint", run.checkpoint(10), [](const fs::path& path) { const CheckpointReader reader(path); }},
          {"corpus", run.corpus(), [](const fs::path& path) { const ParallelCorpus corpus(path); }},
          {"alignments", run.alignments(), [](const fs::path& path) { const AlignmentsReader reader(path); }}};
}

/// The program shows each damaged file with exit code 3 and one line.
void show_damaged_files(int flips, int cuts) {
  const SmallRunFolder run;
  for (const Kind& kind : kinds_of(run)) {
    const std::string good = read_bytes(kind.path);
    for_each_damage(good, flips, cuts, [&](const Damage& damage) {
      INFO(kind.name << ", " << damage.what);
      write_bytes(kind.path, damage.bytes);
      const Outcome outcome = run_program("inspect " + kind.path.string());
      INFO(outcome.output);
      CHECK(outcome.exit_code == 3);
      const std::string prefix = "lockstep: ";
      REQUIRE(outcome.output.starts_with(prefix));
      CHECK(outcome.output.find('\n') == outcome.output.size() - 1);
      CHECK(is_one_line_about(outcome.output.substr(prefix.size(), outcome.output.size() - prefix.size() - 1),
                              kind.path));
    });
    write_bytes(kind.path, good);
    CHECK(run_program("inspect " + kind.path.string()).exit_code == 0);
  }
}

/// Training passes over a damaged newest checkpoint, says so, and ends in the same bits.
void train_on_damaged_checkpoints(int flips, int cuts) {
  const SmallRunFolder run;
  const std::string digest = run.digest();
  const fs::path newest = run.checkpoint(10);
  for_each_damage(read_bytes(newest), flips, cuts, [&](const Damage& damage) {
    INFO(damage.what);
    write_bytes(newest, damage.bytes);
    const std::string said = run.train();
    INFO(said);
    CHECK(said.find("skipped a checkpoint: " + newest.string() + ": ") != std::string::npos);
    CHECK(said.find("goes on from " + run.checkpoint(5).string()) != std::string::npos);
    CHECK(run.digest() == digest);
  });
}

}  // namespace

TEST_CASE("a bit that turned or an end that is cut off makes every file of ours unreadable", "[faults]") {
  const SmallRunFolder run;
  for (const Kind& kind : kinds_of(run)) {
    const std::string good = read_bytes(kind.path);
    REQUIRE_NOTHROW(kind.read(kind.path));
    int refused = 0;
    for_each_damage(good, 1000, 200, [&](const Damage& damage) {
      write_bytes(kind.path, damage.bytes);
      const std::string message = refusal(kind.path, kind.read);
      INFO(kind.name << ", " << damage.what << ": " << message);
      const bool well = is_one_line_about(message, kind.path);
      refused += well ? 1 : 0;
      if (!well) CHECK(well);
      if (kind.name != "checkpoint") return;
      std::vector<std::string> skipped;
      CHECK(run.store().find_newest(skipped) == run.checkpoint(5));
      CHECK(skipped == std::vector<std::string>{message});
    });
    write_bytes(kind.path, good);
    CHECK_NOTHROW(kind.read(kind.path));
    CHECK(refused == 1200);
    fmt::print("{} of {} bytes: 1000 bits turned and 200 ends cut off, {} refused\n", kind.name, good.size(), refused);
  }
}

TEST_CASE("the program refuses damaged files in one line with exit code 3", "[faults]") {
  show_damaged_files(12, 6);
}

TEST_CASE("the program refuses each of 3600 damaged files in one line with exit code 3", "[.slow][faults]") {
  show_damaged_files(1000, 200);
}

TEST_CASE("training goes on from the checkpoint before a damaged one, to the same bits", "[faults]") {
  train_on_damaged_checkpoints(4, 2);
}

TEST_CASE("training goes on from before each of 120 damaged checkpoints, to the same bits", "[.slow][faults]") {
  train_on_damaged_checkpoints(100, 20);
}

}  // namespace lockstep
