#include "framework/training/trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "framework/core/log.h"

namespace lockstep {
namespace {

/// Updates of the whole run: the lesser of the two limits.
std::uint64_t updates_of_run(const TrainingConfiguration& training, std::uint64_t batches_per_epoch) {
  const std::uint64_t by_epochs = static_cast<std::uint64_t>(training.epochs) * batches_per_epoch;
  return training.updates == 0 ? by_epochs : std::min(by_epochs, static_cast<std::uint64_t>(training.updates));
}

/// What ranks have to have in common, or their bits would differ unnoticed.
void check_ranks(const Communicator& ranks, const RunIdentity& identity) {
  require_same(ranks, "program version", identity.program_version);
  require_same(ranks, "configuration", identity.configuration);
  require_same(ranks, "corpus file's digest", identity.corpus_digest);
  require_same(ranks, "matrix product engine", identity.compute.gemm);
  require_same(ranks, "instruction set", identity.compute.instruction_set);
}

}  // namespace

Trainer::Trainer(const Communicator& ranks, const Configuration& configuration, const Dataset& training,
                 const Dataset& validation, Model<float>& model, const RunIdentity& identity,
                 const StartOptions& options, ValidationScore score, const FileSystem& files)
    : ranks_(ranks),
      configuration_(configuration),
      training_(training),
      model_(model),
      score_(std::move(score)),
      sampler_(training, sampler_settings(configuration)) {
  const auto shards = static_cast<std::size_t>(configuration.training.shards);
  ranks.agree([&] { check_shards(shards, ranks.size()); });
  check_ranks(ranks, identity);
  if (validation.size() > 0) {
    validation_ = std::make_unique<Validation>(ranks, validation,
                                               static_cast<std::size_t>(configuration.training.shard_sentences));
  }
  state_ = std::make_unique<ShardedState>(ranks, model, configuration);
  files_ = std::make_unique<RunFiles>(ranks, configuration.run, identity, options.lock_patience, files);
  const RunRecord record = files_->begin(options, static_cast<std::uint64_t>(configuration.seed), *state_);
  progress_ = record.progress;
  history_ = record.history;
  if (progress_.update > 0) {
    saved_update_ = progress_.update;
    checkpoint_ = CheckpointStore(configuration.run).path_of(progress_.update);
  }
  ranks.agree([&] {
    if (ranks.rank() != 0) return;
    metrics_ = std::make_unique<MetricsFile>(std::filesystem::path(configuration.run) / "metrics.jsonl",
                                             progress_.update, files);
  });
  display_ = std::make_unique<ProgressDisplay>(updates_of_run(configuration.training, sampler_.batches_per_epoch()),
                                               progress_.update, ranks.rank() != 0);
  step_ = std::make_unique<UpdateStep>(ranks, configuration, training, model, *state_);
}

TrainingSummary Trainer::run() {
  const StopSignals signals;
  TrainingSummary summary;
  since_start_.restart();
  since_saved_.restart();
  std::optional<TrainingSummary::End> end = end_reached();
  while (!end) {
    const std::uint64_t epoch_before = progress_.epoch;
    update_once();
    const DueLooks due = due_looks(epoch_before);
    const bool best = due.any && validate(due.score);
    // One message settles both: any rank may have got the signal, and rank 0's clock is everybody's.
    constexpr std::int64_t kSettle = 1;
    constexpr std::int64_t kSave = 2;
    constexpr std::int64_t kStop = 3;
    const std::int64_t disk_wish = files_->can_settle() ? kSettle : 0;
    const std::int64_t wish =
        ranks_.max(signals.asked() != 0 ? kStop : (ranks_.rank() == 0 && checkpoint_due() ? kSave : disk_wish));
    end = wish == kStop ? TrainingSummary::End::kSignal : end_reached();
    if (wish == kSettle) files_->settle();
    if (best || wish >= kSave) save(best);
  }
  if (saved_update_ != progress_.update) save(false);
  files_->settle();
  summary.end = *end;
  if (summary.end != TrainingSummary::End::kSignal) validate_at_end(summary);
  summary.progress = progress_;
  summary.words_per_second = update_seconds_ > 0 ? static_cast<double>(words_) / update_seconds_ : 0;
  summary.seconds = since_start_.seconds();
  summary.checkpoints = checkpoints_;
  summary.checkpoint_seconds = checkpoint_seconds_;
  summary.checkpoint = checkpoint_;
  display_->clear_bar();
  ranks_.barrier();
  return summary;
}

std::optional<TrainingSummary::End> Trainer::end_reached() const {
  const TrainingConfiguration& training = configuration_.training;
  const auto patience = static_cast<std::uint64_t>(training.validation.patience);
  if (training.updates > 0 && progress_.update >= static_cast<std::uint64_t>(training.updates)) {
    return TrainingSummary::End::kUpdates;
  }
  if (progress_.epoch >= static_cast<std::uint64_t>(training.epochs)) return TrainingSummary::End::kEpochs;
  if (patience > 0 && progress_.validations_without_improvement >= patience) return TrainingSummary::End::kPatience;
  return std::nullopt;
}

void Trainer::update_once() {
  Stopwatch watch;
  const std::uint64_t epoch = progress_.epoch;
  const std::uint64_t update = progress_.update + 1;
  const UpdateReport report = step_->run(update, sampler_.batch(epoch, progress_.batch));
  progress_.update = update;
  progress_.words += report.words;
  if (++progress_.batch == sampler_.batches_per_epoch()) {
    progress_.batch = 0;
    ++progress_.epoch;
  }
  const double seconds = watch.seconds();
  words_ += report.words;
  update_seconds_ += seconds;
  if (metrics_) metrics_->write_update(update, epoch, report, state_->learning_rate(), seconds);
  display_->update(update, epoch, report.objective, report.words, seconds);
}

Trainer::DueLooks Trainer::due_looks(std::uint64_t epoch_before) const {
  if (!validation_) return {};
  const ValidationConfiguration& settings = configuration_.training.validation;
  const auto falls_due = [this](std::int64_t every) {
    return progress_.update % static_cast<std::uint64_t>(every) == 0;
  };
  const bool loss = settings.every_updates > 0 ? falls_due(settings.every_updates) : progress_.epoch != epoch_before;
  const bool score = settings.bleu.every_updates > 0 ? falls_due(settings.bleu.every_updates)
                                                     : loss && settings.metric == ValidationMetric::kBleu;
  return {loss || (score && score_), score && score_};
}

ValidationRecord Trainer::look(bool with_score) {
  ValidationRecord record{progress_.update, progress_.epoch, validation_->words(), validation_->cross_entropy(model_),
                          std::nullopt};
  if (with_score) record.bleu = score_();
  return record;
}

bool Trainer::measures_metric(const ValidationRecord& record) const {
  return configuration_.training.validation.metric == ValidationMetric::kCrossEntropy || record.bleu;
}

bool Trainer::is_best(const ValidationRecord& record) const {
  if (configuration_.training.validation.metric == ValidationMetric::kBleu) {
    return record.bleu && *record.bleu > progress_.best_bleu;
  }
  return record.cross_entropy < progress_.best_cross_entropy;
}

bool Trainer::validate(bool with_score) {
  Stopwatch watch;
  const ValidationRecord record = look(with_score);
  history_.push_back(record);
  ++progress_.validations;
  const bool best = is_best(record);
  if (best) {
    progress_.best_update = progress_.update;
    progress_.validations_without_improvement = 0;
  } else if (measures_metric(record)) {
    ++progress_.validations_without_improvement;
  }
  progress_.best_cross_entropy = std::min(progress_.best_cross_entropy, record.cross_entropy);
  if (record.bleu) progress_.best_bleu = std::max(progress_.best_bleu, *record.bleu);
  if (metrics_) metrics_->write_validation(record, watch.seconds(), best, true);
  display_->line(fmt::format("validation at update {}: cross-entropy {:.4f}, perplexity {:.3f}{}{}", progress_.update,
                             record.cross_entropy, std::exp(record.cross_entropy),
                             record.bleu ? fmt::format(", BLEU {:.2f}", *record.bleu) : std::string(),
                             best ? ", the best so far" : ""));
  return best;
}

void Trainer::validate_at_end(TrainingSummary& summary) {
  if (!validation_) return;
  const bool with_score = configuration_.training.validation.measures_bleu() && score_;
  if (!history_.empty() && history_.back().update == progress_.update && (history_.back().bleu || !with_score)) {
    summary.validation = history_.back();
    return;
  }
  Stopwatch watch;
  summary.validation = look(with_score);
  const bool best = is_best(*summary.validation);
  if (metrics_) metrics_->write_validation(*summary.validation, watch.seconds(), best, false);
  if (best) files_->mark_best(progress_.update);
}

bool Trainer::checkpoint_due() const {
  const CheckpointConfiguration& checkpoint = configuration_.training.checkpoint;
  const auto every = static_cast<std::uint64_t>(checkpoint.every_updates);
  if (every > 0 && progress_.update % every == 0) return true;
  return checkpoint.every_minutes > 0 && since_saved_.seconds() >= 60 * checkpoint.every_minutes;
}

void Trainer::save(bool best) {
  const Stopwatch watch;
  checkpoint_ = files_->save(progress_, history_, model_.layout(), *state_,
                             static_cast<std::size_t>(configuration_.training.checkpoint.keep), best);
  saved_update_ = progress_.update;
  ++checkpoints_;
  checkpoint_seconds_ += watch.seconds();
  since_saved_.restart();
}

}  // namespace lockstep
