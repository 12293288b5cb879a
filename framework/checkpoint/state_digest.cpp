#include "framework/checkpoint/state_digest.h"

#include <cmath>
#include <span>
#include <vector>

#include "framework/storage/digest.h"

namespace lockstep {
namespace {

template <typename T>
void add_value(Digester& digester, T value) {
  digester.add(std::as_bytes(std::span<const T>(&value, 1)));
}

/// Name, shape and values of every parameter of a group.
void add_arrays(Digester& digester, const CheckpointReader& checkpoint, const std::string& group,
                const std::vector<StoredParameter>& parameters) {
  for (const StoredParameter& parameter : parameters) {
    const std::string name = group + parameter.name;
    add_value<std::uint64_t>(digester, name.size());
    digester.add(name);
    add_value<std::uint64_t>(digester, parameter.rows);
    add_value<std::uint64_t>(digester, parameter.columns);
    checkpoint.read_pieces(name, parameter.rows * parameter.columns,
                           [&](std::span<const float> values) { digester.add(std::as_bytes(values)); });
  }
}

}  // namespace

std::string state_digest(const CheckpointReader& checkpoint) {
  Digester digester;
  const std::vector<StoredParameter> parameters = checkpoint.parameters();
  add_arrays(digester, checkpoint, "model/", parameters);
  for (const std::string& slot : checkpoint.slots()) {
    add_arrays(digester, checkpoint, "optimizer/" + slot + "/", parameters);
  }
  const Progress& progress = checkpoint.record().progress;
  for (const std::uint64_t value :
       {progress.update, progress.epoch, progress.batch, progress.words, progress.validations,
        progress.validations_without_improvement, progress.best_update}) {
    add_value(digester, value);
  }
  add_value(digester, progress.best_cross_entropy);
  // Left out of a run that skipped nothing, as below.
  if (progress.skipped > 0) {
    add_value(digester, progress.skipped);
    add_value(digester, progress.skipped_in_row);
  }
  // Left out of a run that never measured it, whose digest is the same in every version of the format.
  if (std::isfinite(progress.best_bleu)) add_value(digester, progress.best_bleu);
  return to_string(digester.digest());
}

}  // namespace lockstep
