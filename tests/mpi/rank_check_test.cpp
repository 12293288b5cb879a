#include <bit>
#include <cstring>
#include <string>
#include <utility>

#include "tests/framework/training/reference_run.h"
#include "tests/mpi/toy_run.h"
#include "tests/mpi/world.h"
#include "tests/support/catch.h"

namespace lockstep {
namespace {

/// A bit of a number becomes another, as in memory that fails.
void flip_bit(float& value) {
  value = std::bit_cast<float>(std::bit_cast<std::uint32_t>(value) ^ 1U);
}

/// The error of a run that is checked every two updates; empty when it came to its end.
std::string error_of(ToyRun& run) {
  StopPlan plan;
  try {
    run.trainer.run(plan, 2);
  } catch (const SharedError& error) {
    CHECK(error.exit_code() == ExitCode::kRun);
    return error.what();
  }
  return "";
}

std::string rank_on_host(int rank) {
  return "rank " + std::to_string(rank) + " on host " + world().host();
}

}  // namespace

TEST_CASE("checks of ranks find nothing where nothing is wrong, and change no bit", "[mpi][training]") {
  const SharedFolder folder(world());
  Configuration configuration = toy_configuration(folder.path());
  configuration.compute.ranks_a_node = GENERATE(0, 2, 1);
  ToyRun run(world(), configuration);
  CHECK(error_of(run) == "");
  const ReferenceRun reference(configuration, ToyDataset(100, 5), 12);
  CHECK(std::memcmp(run.trainer.parameters().data(), reference.parameters.data(),
                    run.trainer.parameters().size_bytes()) == 0);
}

TEST_CASE("a bit that flips in one rank's parameters stops the run and names the rank", "[mpi][training]") {
  const SharedFolder folder(world());
  Configuration configuration = toy_configuration(folder.path());
  configuration.compute.ranks_a_node = 1;
  const int culprit = world().size() / 2;
  // In its own slice, and in others'.
  const std::size_t element = GENERATE(std::size_t{0}, std::size_t{1500}, std::size_t{3264});
  ToyRun run(world(), configuration);
  bool flipped = false;
  run.model.before_gradients = [&](const ShardKey& key) {
    if (world().rank() != culprit || key.update != 6 || std::exchange(flipped, true)) return;
    flip_bit(const_cast<float&>(run.trainer.parameters()[element]));
  };
  const std::string message = error_of(run);
  INFO(message);
  CHECK(message.starts_with(rank_on_host(culprit)));
  CHECK(message.find("digest of parameters at update 6") != std::string::npos);
  // What the owner wrote stands beside the copies: two ranks suffice to tell which is wrong.
  if (world().size() > 1) CHECK(message.find("most ranks have another") != std::string::npos);
}

TEST_CASE("a bit that flips in the copy that ranks of a host share is found", "[mpi][training]") {
  const SharedFolder folder(world());
  const Configuration configuration = toy_configuration(folder.path());
  ToyRun run(world(), configuration);
  bool flipped = false;
  run.model.before_gradients = [&](const ShardKey& key) {
    if (world().rank() != 0 || key.update != 4 || std::exchange(flipped, true)) return;
    flip_bit(const_cast<float&>(run.trainer.parameters()[0]));
  };
  const std::string message = error_of(run);
  INFO(message);
  CHECK(message.find("digest of parameters at update 4") != std::string::npos);
  CHECK(message.find(rank_on_host(0)) != std::string::npos);
}

TEST_CASE("a rank that computes another gradient stops the run and is named", "[mpi][training]") {
  if (world().size() == 1) return;  // nobody to compare with
  const SharedFolder folder(world());
  Configuration configuration = toy_configuration(folder.path());
  configuration.compute.ranks_a_node = GENERATE(0, 1);
  const int culprit = world().size() - 1;
  ToyRun run(world(), configuration);
  run.model.after_gradients = [&](const ShardKey& key, std::span<float> gradients) {
    if (world().rank() == culprit && key.update >= 3) flip_bit(gradients[run.model.layout()[1].offset]);
  };
  const std::string message = error_of(run);
  INFO(message);
  CHECK(message.find("gradient of shard 2 at update 4") != std::string::npos);
  CHECK(message.find(rank_on_host(culprit)) != std::string::npos);
  CHECK((message.find(rank_on_host(0)) != std::string::npos) == (world().size() == 2));
}

}  // namespace lockstep
