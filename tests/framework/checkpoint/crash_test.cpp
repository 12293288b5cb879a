// Every step of the writing of a checkpoint goes wrong in every way once.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "framework/checkpoint/checkpoint_reader.h"
#include "framework/checkpoint/checkpoint_store.h"
#include "framework/core/errors.h"
#include "tests/framework/checkpoint/small_run.h"
#include "tests/support/catch.h"
#include "tests/support/faulty_disk.h"
#include "tests/temporary_folder.h"

// Under sanitizers, which are slow, not each step but one in so many, and the last ones, where names change.
#ifndef LOCKSTEP_CRASH_STRIDE
#define LOCKSTEP_CRASH_STRIDE 1
#endif

namespace lockstep {
namespace {

namespace fs = std::filesystem;

/// The step to take after `step`, of so many.
std::uint64_t next_step(std::uint64_t step, std::uint64_t steps) {
  constexpr std::uint64_t kLast = 8;
  return step + LOCKSTEP_CRASH_STRIDE + kLast < steps ? step + LOCKSTEP_CRASH_STRIDE : step + 1;
}

SmallRun run_at(std::uint64_t update) {
  SmallRun run(4);
  run.record.progress.update = update;
  run.record.progress.best_update = update - update % 10;
  return run;
}

/// With one checkpoint kept: the one before may go only when the new one is there for good.
void save(const fs::path& folder, std::uint64_t update, bool best, const FileSystem& files) {
  const CheckpointStore store(folder, files);
  run_at(update).with_contents([&](const CheckpointContents& contents) { store.save(contents, best, 1); });
}

/// As save(), by a disk that works and, since nothing is really synced, is quick.
void save_well(const fs::path& folder, std::uint64_t update, bool best) {
  save(folder, update, best, FaultyDisk(folder, Fault::kNone, 0));
}

/// A run folder with the checkpoint of update 10, the best. That of 5 has been deleted.
std::unique_ptr<TemporaryFolder> earlier_run() {
  auto folder = std::make_unique<TemporaryFolder>();
  CheckpointStore(folder->path()).create();
  save_well(folder->path(), 5, true);
  save_well(folder->path(), 10, true);
  return folder;
}

std::uint64_t update_of(const fs::path& path) {
  return CheckpointReader(path).record().progress.update;
}

/// What the next start finds; everything in the folder verifies, best.h5 too, and nothing half done is left.
std::uint64_t start_again(const fs::path& folder, std::vector<std::string>& skipped) {
  const CheckpointStore store(folder);
  store.create();
  store.remove_leftovers();
  const std::uint64_t update = update_of(store.find_newest(skipped));
  for (const fs::directory_entry& file : fs::directory_iterator(store.folder())) {
    CHECK(file.path().extension() == ".h5");
  }
  const std::uint64_t best = update_of(store.best());
  CHECK((best == 10 || best == 15));
  return update;
}

/// Steps of one save(), of which each is a place to go wrong.
std::vector<std::string> steps_of_save(bool best) {
  const auto folder = earlier_run();
  const FaultyDisk files(folder->path(), Fault::kNone, 0);
  save(folder->path(), 15, best, files);
  return files.log();
}

}  // namespace

TEST_CASE("after a crash at any step of a checkpoint's writing the next start finds one that verifies",
          "[checkpoint][faults]") {
  const bool best = GENERATE(true, false);
  const std::vector<std::string> steps = steps_of_save(best);
  std::uint64_t points = 0;
  std::uint64_t kept_new = 0;
  for (const Fault fault :
       {Fault::kKilled, Fault::kTornWrite, Fault::kPowerLoss, Fault::kNamesOnly, Fault::kRemovalsOnly}) {
    // One past the last: a crash after all was done, when a power loss may still take what nobody synced.
    for (std::uint64_t step = 0; step <= steps.size(); step = next_step(step, steps.size())) {
      const bool after = step == steps.size();
      if (fault == Fault::kTornWrite && (after || !steps[step].starts_with("write "))) continue;
      INFO("fault " << static_cast<int>(fault) << " at step " << step << ": " << (after ? "the end" : steps[step]));
      const auto folder = earlier_run();
      FaultyDisk files(folder->path(), fault, step);
      if (after) {
        CHECK_NOTHROW(save(folder->path(), 15, best, files));
      } else {
        CHECK_THROWS_AS(save(folder->path(), 15, best, files), RunError);
      }
      files.fall();
      std::vector<std::string> skipped;
      const std::uint64_t found = start_again(folder->path(), skipped);
      CHECK((found == 10 || found == 15));
      CHECK(skipped.empty());
      if (after) CHECK(found == 15);
      kept_new += found == 15 ? 1 : 0;
      ++points;
      // The run goes on, over whatever was left.
      save_well(folder->path(), 15, best);
      skipped.clear();
      CHECK(start_again(folder->path(), skipped) == 15);
    }
  }
  CHECK(kept_new > 4);
  CHECK(kept_new < points);
  WARN(fmt::format("{} steps of a checkpoint's writing, {} crash points", steps.size(), points));
}

TEST_CASE("a checkpoint that the disk refuses at any step is an error, and the one before stays",
          "[checkpoint][faults]") {
  const bool best = GENERATE(true, false);
  const std::vector<std::string> steps = steps_of_save(best);
  for (const Fault fault : {Fault::kNoSpace, Fault::kError, Fault::kShortWrite, Fault::kFullForGood}) {
    for (std::uint64_t step = 0; step < steps.size(); step = next_step(step, steps.size())) {
      INFO("fault " << static_cast<int>(fault) << " at step " << step << ": " << steps[step]);
      const auto folder = earlier_run();
      const FaultyDisk files(folder->path(), fault, step);
      std::string message;
      try {
        save(folder->path(), 15, best, files);
      } catch (const RunError& error) {
        message = error.what();
      }
      // Without links best.h5 is a copy; and what takes no space succeeds on a full disk.
      const bool may_succeed = steps[step].starts_with("link ") || fault != Fault::kError;
      if (!may_succeed || steps[step].starts_with("write ")) {
        CHECK(message.find(folder->path().string()) == 0);
        CHECK(message.find('\n') == std::string::npos);
      }
      std::vector<std::string> skipped;
      const std::uint64_t found = start_again(folder->path(), skipped);
      CHECK(found >= 10);
      CHECK(skipped.empty());
      // There is space again.
      save_well(folder->path(), 15, best);
      CHECK(start_again(folder->path(), skipped) == 15);
    }
  }
}

TEST_CASE("a disk that loses what it said was synced costs the newest checkpoint, which is named",
          "[checkpoint][faults]") {
  const auto folder = earlier_run();
  const CheckpointStore store(folder->path());
  run_at(15).write(store.path_of(15));
  std::ofstream(store.path_of(15), std::ios::trunc).close();
  std::vector<std::string> skipped;
  CHECK(update_of(store.find_newest(skipped)) == 10);
  REQUIRE(skipped.size() == 1);
  CHECK(skipped[0].find("checkpoint-00000015.h5: ") != std::string::npos);
  // Pruning by an update that isn't there deletes nothing: what verified last stays.
  store.prune(20, 1);
  CHECK(update_of(store.path_of(10)) == 10);
}

TEST_CASE("only leftovers of names that we make are removed", "[checkpoint]") {
  const auto folder = earlier_run();
  const CheckpointStore store(folder->path());
  for (const char* name : {"checkpoint-00000015.h5.tmp", "best.h5.tmp", "notes.tmp", "checkpoint-new.h5.tmp"}) {
    std::ofstream(store.folder() / name) << "x";
  }
  store.remove_leftovers();
  CHECK(!fs::exists(store.folder() / "checkpoint-00000015.h5.tmp"));
  CHECK(!fs::exists(store.folder() / "best.h5.tmp"));
  CHECK(fs::exists(store.folder() / "notes.tmp"));
  CHECK(fs::exists(store.folder() / "checkpoint-new.h5.tmp"));
  CHECK(store.list().size() == 1);
}

}  // namespace lockstep
