#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "framework/checkpoint/checkpoint_reader.h"
#include "framework/checkpoint/checkpoint_store.h"
#include "framework/checkpoint/state_digest.h"
#include "framework/core/errors.h"
#include "tests/framework/checkpoint/small_run.h"
#include "tests/support/catch.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "lockstep-checkpoint-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw RunError("can't make a temporary folder");
    path_ = name;
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

void flip_byte(const fs::path& path, std::streamoff place) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(place);
  const char flipped = static_cast<char>(file.get() ^ 1);
  file.seekp(place);
  file.put(flipped);
}

}  // namespace

TEST_CASE("a checkpoint gives back what went in, in whole and by any range", "[checkpoint]") {
  const Folder folder;
  const fs::path path = folder.path() / "checkpoint.h5";
  const SmallRun run;
  run.write(path);
  const CheckpointReader reader(path);
  CHECK(reader.record().progress == run.record.progress);
  CHECK(reader.record().history == run.record.history);
  CHECK(reader.record().compute == run.record.compute);
  CHECK(reader.record().configuration == run.record.configuration);
  CHECK(reader.record().corpus_digest == run.record.corpus_digest);
  CHECK(reader.slots() == std::vector<std::string>{"m", "v"});
  CHECK(reader.file().read_text("vocabulary/source") == "words");
  CHECK(reader.file().shape("optimizer/v/output/W") == std::vector<std::uint64_t>{1100, 1000});

  const std::vector<StoredParameter> stored = reader.parameters();
  REQUIRE(stored.size() == 3);
  CHECK(stored[1].name == "output/W");
  CHECK(stored[1].rows == 1100);

  std::vector<float> model(run.layout.size(), 0.0F);
  reader.read_model(run.layout, model);
  CHECK(model == run.parameters);
  for (const auto& [begin, size] : {std::pair<std::size_t, std::size_t>{0, run.layout.size()},
                                    {7, 40},
                                    {1000, 1050000},
                                    {run.layout.size() - 3, 3}}) {
    std::vector<float> part(size, 0.0F);
    reader.read_slot(run.layout, "v", begin, part);
    const auto first = run.slots[1].begin() + static_cast<std::ptrdiff_t>(begin);
    CHECK(part == std::vector<float>(first, first + static_cast<std::ptrdiff_t>(size)));
  }
}

TEST_CASE("pieces cover every element of every slot once, in order", "[checkpoint]") {
  const SmallRun run;
  std::vector<int> seen(run.layout.size(), 0);
  std::size_t slot = 0;
  for (const SlotPiece& piece : slot_pieces(run.layout, 2)) {
    REQUIRE(piece.slot >= slot);
    slot = piece.slot;
    for (std::size_t i = piece.begin; i < piece.begin + piece.count; ++i) ++seen[i];
    REQUIRE(piece.begin == run.layout[piece.parameter].offset + piece.offset);
  }
  std::size_t wrong = 0;
  for (const Parameter& parameter : run.layout.parameters()) {
    for (std::size_t i = parameter.offset; i < parameter.offset + parameter.size(); ++i) wrong += seen[i] != 2;
  }
  CHECK(wrong == 0);
}

TEST_CASE("the digest changes with each part of the state and with nothing else", "[checkpoint]") {
  const Folder folder;
  const auto digest_of = [&](const SmallRun& run) {
    const fs::path path = folder.path() / "checkpoint.h5";
    run.write(path);
    return state_digest(CheckpointReader(path));
  };
  const SmallRun run;
  const std::string digest = digest_of(run);
  CHECK(digest.size() == 32);
  CHECK(digest_of(run) == digest);

  SmallRun other;
  other.record.compute.gemm = "another";
  other.record.configuration = "run: runs/elsewhere\n";
  CHECK(digest_of(other) == digest);

  SmallRun parameter;
  parameter.parameters[parameter.layout[1].offset + 1099999] += 1;
  CHECK(digest_of(parameter) != digest);
  SmallRun slot;
  slot.slots[1][3] += 1;
  CHECK(digest_of(slot) != digest);
  SmallRun zero;  // equal as numbers, not as bits
  zero.parameters[0] = -zero.parameters[0];
  CHECK(digest_of(zero) != digest);
  for (std::uint64_t Progress::*const member :
       {&Progress::update, &Progress::epoch, &Progress::batch, &Progress::words, &Progress::validations,
        &Progress::validations_without_improvement, &Progress::best_update}) {
    SmallRun progress;
    ++(progress.record.progress.*member);
    CHECK(digest_of(progress) != digest);
  }
}

TEST_CASE("a checkpoint of another model is refused by the name of what differs", "[checkpoint]") {
  const Folder folder;
  const fs::path path = folder.path() / "checkpoint.h5";
  const SmallRun run;
  run.write(path);
  const CheckpointReader reader(path);
  const std::vector<std::string> slots{"m", "v"};
  CHECK_NOTHROW(reader.check_layout(run.layout, slots));
  const std::vector<std::string> other_slots{"velocity"};
  CHECK_THROWS_AS(reader.check_layout(run.layout, other_slots), DataError);
  ParameterLayout wider;
  wider.add("encoder/forward/U", 3, 6, {});
  wider.add("output/W", 1100, 1000, {});
  wider.add("output/bias", 1, 7, {});
  CHECK_THROWS_WITH(reader.check_layout(wider, slots),
                    Catch::Matchers::ContainsSubstring("model/encoder/forward/U is not 3 x 6"));
}

TEST_CASE("the newest good checkpoint is found, and damaged newer ones are named", "[checkpoint]") {
  const Folder folder;
  const CheckpointStore store(folder.path());
  std::vector<std::string> skipped;
  CHECK(store.find_newest(skipped).empty());
  store.create();
  const SmallRun run;
  for (const std::uint64_t update : {8U, 90U, 700U, 1000U}) run.write(store.path_of(update));
  CHECK(store.find_newest(skipped) == store.path_of(1000));
  CHECK(skipped.empty());
  flip_byte(store.path_of(1000), 9000);
  fs::resize_file(store.path_of(700), 4000);
  CHECK(store.find_newest(skipped) == store.path_of(90));
  REQUIRE(skipped.size() == 2);
  CHECK(skipped[0].find("checkpoint-00001000.h5") != std::string::npos);
  CHECK(skipped[1].find("checkpoint-00000700.h5") != std::string::npos);
  flip_byte(store.path_of(90), 0);
  flip_byte(store.path_of(8), 20);
  CHECK_THROWS_AS(store.find_newest(skipped), DataError);
}

/// A checkpoint of version 1, of one validation; of these two columns as many values as are asked for.
void write_old(const fs::path& path, std::size_t updates, std::size_t words) {
  FileWriter file(path, {kCheckpointFormat.name, 1});
  for (const char* name :
       {"update", "epoch", "batch", "words", "validations", "validations_without_improvement", "best_update"}) {
    file.write<std::uint64_t>(std::string("progress/") + name, std::vector<std::uint64_t>(updates, 7));
  }
  file.write<double>("progress/best_cross_entropy", std::vector<double>{1.5});
  for (const char* name : {"update", "epoch"}) {
    file.write<std::uint64_t>(std::string("history/") + name, std::vector<std::uint64_t>{7});
  }
  file.write<std::uint64_t>("history/words", std::vector<std::uint64_t>(words, 7));
  file.write<double>("history/cross_entropy", std::vector<double>{1.5});
  for (const char* name :
       {"compute/gemm", "compute/instruction_set", "compute/program_version", "config", "corpus_digest"}) {
    file.write_text(name, "text");
  }
  file.commit();
}

TEST_CASE("a checkpoint of version 1, which knew no BLEU, is read", "[checkpoint]") {
  const Folder folder;
  const fs::path path = folder.path() / "old.h5";
  write_old(path, 1, 1);
  const RunRecord record = CheckpointReader(path).record();
  CHECK(record.progress == Progress{7, 7, 7, 7, 7, 7, 7, 1.5});
  CHECK(record.history == std::vector<ValidationRecord>{{7, 7, 7, 1.5}});
}

TEST_CASE("a checkpoint in which numbers are missing is a data error, not read as something else", "[checkpoint]") {
  const Folder folder;
  const fs::path path = folder.path() / "old.h5";
  write_old(path, 0, 1);
  CHECK_THROWS_AS(CheckpointReader(path), DataError);
  CHECK_THROWS_WITH(CheckpointReader(path), Catch::Matchers::ContainsSubstring("progress/update is not one number"));
  for (const std::size_t words : {0U, 2U}) {
    write_old(path, 1, words);
    CHECK_THROWS_AS(CheckpointReader(path), DataError);
    CHECK_THROWS_WITH(CheckpointReader(path),
                      Catch::Matchers::ContainsSubstring("history/words has not one value for each validation"));
  }
}

TEST_CASE("pruning keeps the newest and the best, and never what is newer", "[checkpoint]") {
  const Folder folder;
  const CheckpointStore store(folder.path());
  store.create();
  const SmallRun run;
  for (const std::uint64_t update : {1U, 2U, 3U, 4U}) run.write(store.path_of(update));
  store.mark_best(2);
  std::ofstream(store.folder() / "checkpoint-notes.h5") << "not ours";
  store.prune(3, 1);
  CHECK(!fs::exists(store.path_of(1)));
  CHECK(!fs::exists(store.path_of(2)));
  CHECK(fs::exists(store.path_of(3)));
  CHECK(fs::exists(store.path_of(4)));
  CHECK(CheckpointReader(store.best()).record().progress == run.record.progress);
  store.mark_best(3);
  store.mark_best(3);  // twice the same
  CHECK(fs::exists(store.best()));
  store.prune(4, 0);
  CHECK(store.list().size() == 1);
  store.remove_all();
  CHECK(store.list().empty());
  CHECK(!fs::exists(store.best()));
  CHECK(fs::exists(store.folder() / "checkpoint-notes.h5"));
}

}  // namespace lockstep
