#include "framework/optimizers/optimizer.h"

#include "framework/core/errors.h"
#include "framework/optimizers/adadelta.h"
#include "framework/optimizers/adam.h"
#include "framework/optimizers/sgd.h"

namespace lockstep {

std::unique_ptr<Optimizer> make_optimizer(const OptimizerConfiguration& configuration, std::size_t elements) {
  switch (configuration.kind) {
    case OptimizerKind::kAdam:
      return std::make_unique<Adam>(configuration, elements);
    case OptimizerKind::kAdadelta:
      return std::make_unique<Adadelta>(configuration, elements);
    case OptimizerKind::kSgd:
      return std::make_unique<Sgd>(configuration, elements);
  }
  throw ConfigError("training.optimizer.kind is none of adam, adadelta, sgd");
}

}  // namespace lockstep
