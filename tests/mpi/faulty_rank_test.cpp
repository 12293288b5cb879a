#include "tests/mpi/faulty_rank.h"

#include "tests/mpi/toy_run.h"

namespace lockstep {

ExitCode train_with_faulty_rank(const Communicator& ranks) {
  const SharedFolder folder(ranks);
  Configuration configuration = toy_configuration(folder.path());
  ToyRun run(ranks, configuration);
  run.model.before_gradients = [&](const ShardKey& key) {
    if (key.update == 3 && ranks.rank() == ranks.size() - 1) throw RunError("injected fault");
  };
  run.trainer.run();
  return ExitCode::kDone;
}

}  // namespace lockstep
