#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "framework/checkpoint/run_record.h"
#include "framework/core/clock.h"
#include "framework/core/configuration.h"
#include "framework/corpus/sampler.h"
#include "framework/model.h"
#include "framework/parallel/communicator.h"
#include "framework/training/metrics_file.h"
#include "framework/training/progress_display.h"
#include "framework/training/run_files.h"
#include "framework/training/sharded_state.h"
#include "framework/training/stop_plan.h"
#include "framework/training/update_step.h"
#include "framework/training/validation.h"

namespace lockstep {

/// How a start of a run ended.
struct TrainingSummary {
  enum class End { kUpdates, kEpochs, kPatience, kTime, kSignal };
  End end = End::kUpdates;
  Progress progress;
  std::optional<ValidationRecord> validation;  ///< of the final parameters; none when it was stopped
  double words_per_second = 0;                 ///< target words over the seconds spent in updates of this start
  double seconds = 0;                          ///< since the start, validation and checkpoints among them
  std::uint64_t checkpoints = 0;               ///< written in this start
  double checkpoint_seconds = 0;               ///< that training stood still for them
  std::filesystem::path checkpoint;            ///< of the final state

  /// Another start has to go on.
  [[nodiscard]] bool stopped() const { return end == End::kTime || end == End::kSignal; }
};

/// Translates the validation text with the parameters that the model is bound to and returns a score, greater for a
/// better one: BLEU, 0 to 100. Collective, and the same on every rank and for any number of them.
using ValidationScore = std::function<double()>;

/// Trains a model data-parallel, from the beginning or from where the run's newest checkpoint left it, until updates,
/// epochs or patience run out, a stop is asked for or too many updates in a row were skipped. All functions are
/// collective.
///
/// A validation is due every `validation.every_updates` updates (0: at the end of each epoch) and whenever its score is
/// (`validation.bleu.every_updates`). Those are part of the run: patience counts those that measured its metric. One
/// more is made at the end, if none was due there; it changes best.h5 at most, so that a run that is prolonged equals
/// one that never ended. A stop that comes amid a validation leaves it undone: the next start begins with it.
class Trainer {
 public:
  /// Everything passed must outlive the trainer. Throws SharedError for a wrong number of shards, for ranks that differ
  /// in configuration, corpus or program, and as RunFiles::begin.
  Trainer(const Communicator& ranks, const Configuration& configuration, const Dataset& training,
          const Dataset& validation, Model<float>& model, const RunIdentity& identity, const StartOptions& options,
          ValidationScore score = {}, const FileSystem& files = disk());

  /// Stops as `plan` wishes, which it tells how long things take; every `check_ranks` updates (0: never) ranks are
  /// compared. Throws SharedError when they differ, when `training.max_skipped` updates in a row were skipped, and when
  /// the plan's time doesn't suffice for anything.
  TrainingSummary run(StopPlan& plan, std::uint64_t check_ranks = 0);
  /// Until a signal asks for a stop.
  TrainingSummary run();

  [[nodiscard]] const Progress& progress() const { return progress_; }
  [[nodiscard]] std::span<const float> parameters() const { return state_->parameters(); }

 private:
  struct DueLooks {
    bool any = false;
    bool score = false;
  };
  /// That the state at hand asks for.
  [[nodiscard]] DueLooks due_looks() const;
  /// Those among them that a stop has left undone.
  [[nodiscard]] DueLooks undone_looks() const;
  [[nodiscard]] std::optional<TrainingSummary::End> end_reached() const;
  void update_once();
  /// Counts a skipped update, and says why it was.
  void note_skipped(const UpdateReport& report);
  /// What all ranks do now: go on, save, or stop; `seconds`: of what would come next.
  enum class Wish { kNone, kSettle, kSave, kTime, kSignal };
  [[nodiscard]] Wish agree_on_wish(double seconds) const;
  [[nodiscard]] TrainingSummary::End stop_for(Wish wish) const;
  [[nodiscard]] ValidationRecord look(bool with_score);
  [[nodiscard]] bool measures_metric(const ValidationRecord& record) const;
  [[nodiscard]] bool is_best(const ValidationRecord& record) const;
  /// Nothing when a stop came amid it.
  [[nodiscard]] std::optional<ValidationRecord> look_until_stop(bool with_score);
  /// Returns whether it is the best so far; nothing when a stop came amid it.
  std::optional<bool> validate(bool with_score);
  /// Returns whether it came to its end.
  bool validate_at_end(TrainingSummary& summary);
  void save(bool best);
  /// Waits for the checkpoint that is being written.
  void settle();
  [[nodiscard]] bool checkpoint_due() const;

  const Communicator& ranks_;
  const Configuration& configuration_;
  Model<float>& model_;
  ValidationScore score_;  ///< may be empty
  Sampler sampler_;
  std::unique_ptr<Validation> validation_;  ///< null when the validation text is empty
  std::unique_ptr<ShardedState> state_;
  std::unique_ptr<RunFiles> files_;
  std::unique_ptr<UpdateStep> step_;
  std::unique_ptr<MetricsFile> metrics_;  ///< on rank 0
  Progress progress_;
  std::vector<ValidationRecord> history_;
  std::unique_ptr<ProgressDisplay> display_;
  std::filesystem::path checkpoint_;
  StopPlan* plan_ = nullptr;  ///< of run()
  bool unsaved_ = true;       ///< something has changed since the last checkpoint
  bool moved_ = false;        ///< an update or a validation was done in this start
  Stopwatch since_start_;
  Stopwatch since_saved_;
  double update_seconds_ = 0;
  std::uint64_t checkpoints_ = 0;
  double checkpoint_seconds_ = 0;
  std::uint64_t words_ = 0;  ///< target words of this start
};

}  // namespace lockstep
