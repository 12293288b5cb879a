#include "tests/mpi/faulty_rank.h"

#include "tests/mpi/toy_run.h"

namespace lockstep {

ExitCode train_with_faulty_rank(const Communicator& ranks, bool amid_messages) {
  const SharedFolder folder(ranks);
  Configuration configuration = toy_configuration(folder.path());
  if (amid_messages) configuration.compute.ranks_a_node = 1;
  ToyRun run(ranks, configuration);
  const std::int64_t last = configuration.training.shards - 1;
  const auto fail = [&](const ShardKey& key) {
    if (key.update == 3 && static_cast<std::int64_t>(key.shard) == last) throw RunError("injected fault");
  };
  (amid_messages ? run.model.between_ready : run.model.before_gradients) = fail;
  run.trainer.run();
  return ExitCode::kDone;
}

}  // namespace lockstep
