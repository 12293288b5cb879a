#include "framework/training/trainer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

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

/// "shard 3", "shards 3, 5", "in the sum over shards".
std::string shards_text(const UpdateReport& report) {
  constexpr std::size_t kMost = 8;
  const std::vector<std::size_t>& shards = report.fault_shards;
  if (shards.empty()) return "in the sum over shards";
  const std::span<const std::size_t> named(shards.data(), std::min(kMost, shards.size()));
  return fmt::format("shard{} {}{}", shards.size() == 1 ? "" : "s", fmt::join(named, ", "),
                     shards.size() > kMost ? fmt::format(" and {} more", shards.size() - kMost) : "");
}

/// What ranks have to have in common, or their bits would differ unnoticed.
void check_ranks(const Communicator& ranks, const RunIdentity& identity) {
  require_same(ranks, "program version", identity.program_version);
  require_same(ranks, "program's revision", identity.program_revision);
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
    unsaved_ = false;
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
  StopPlan plan;
  return run(plan);
}

TrainingSummary Trainer::run(StopPlan& plan, std::uint64_t check_ranks) {
  plan_ = &plan;
  plan.expect_checkpoint_of(static_cast<double>(model_.layout().size() * (1 + state_->slot_names().size())) *
                            sizeof(float));
  step_->check_ranks_every(check_ranks);
  TrainingSummary summary;
  since_start_.restart();
  since_saved_.restart();
  std::optional<TrainingSummary::End> end;
  DueLooks due = undone_looks();
  while (true) {
    bool best = false;
    if (due.any && agree_on_wish(plan.validation_seconds()) < Wish::kTime) {
      const std::optional<bool> seen = validate(due.score);
      best = seen.value_or(false);
      if (!seen) end = TrainingSummary::End::kTime;
    } else if (due.any) {
      end = TrainingSummary::End::kTime;
    }
    const Wish wish = agree_on_wish(plan.update_seconds());
    if (wish >= Wish::kTime)
      end = stop_for(wish);
    else if (!end)
      end = end_reached();
    if (wish == Wish::kSettle) settle();
    if (best || (wish >= Wish::kSave && unsaved_)) save(best);
    if (end) break;
    update_once();
    due = due_looks();
  }
  summary.end = *end;
  if (moved_ && unsaved_) save(false);
  settle();
  if (!summary.stopped() && !validate_at_end(summary)) summary.end = stop_for(agree_on_wish(0));
  if (summary.end == TrainingSummary::End::kTime && !moved_) {
    throw SharedError(ExitCode::kUsage,
                      fmt::format("--max-minutes {:g} leaves no time to get on: start, one update or validation, and a "
                                  "checkpoint take longer; raise it",
                                  plan.max_minutes()),
                      0);
  }
  if (unsaved_) save(false);
  settle();
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

Trainer::Wish Trainer::agree_on_wish(double seconds) const {
  // One message settles all: any rank may have got the signal, and rank 0's clock is everybody's.
  Wish own = Wish::kNone;
  const StopPlan::Wish stop = plan_->wish_before(seconds);
  if (stop == StopPlan::Wish::kSignal)
    own = Wish::kSignal;
  else if (ranks_.rank() == 0 && stop == StopPlan::Wish::kTime)
    own = Wish::kTime;
  else if (ranks_.rank() == 0 && checkpoint_due())
    own = Wish::kSave;
  else if (files_->can_settle())
    own = Wish::kSettle;
  return static_cast<Wish>(ranks_.max(static_cast<std::int64_t>(own)));
}

TrainingSummary::End Trainer::stop_for(Wish wish) const {
  return wish == Wish::kSignal ? TrainingSummary::End::kSignal : TrainingSummary::End::kTime;
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
  ranks_.heartbeat().set_update(update);
  const Heartbeat::Phase phase(ranks_.heartbeat(), "update");
  const UpdateReport report = step_->run(update, update - progress_.skipped, sampler_.batch(epoch, progress_.batch));
  progress_.update = update;
  if (++progress_.batch == sampler_.batches_per_epoch()) {
    progress_.batch = 0;
    ++progress_.epoch;
  }
  unsaved_ = true;
  moved_ = true;
  const double seconds = watch.seconds();
  plan_->update_took(seconds);
  update_seconds_ += seconds;
  if (metrics_) metrics_->write_update(update, epoch, report, state_->learning_rate(), seconds);
  if (report.skipped()) return note_skipped(report);
  progress_.skipped_in_row = 0;
  progress_.words += report.words;
  words_ += report.words;
  display_->update(update, epoch, report.objective, report.words, seconds);
}

void Trainer::note_skipped(const UpdateReport& report) {
  ++progress_.skipped;
  ++progress_.skipped_in_row;
  const std::string what = fmt::format("{} at update {}, {}", report.fault, progress_.update, shards_text(report));
  const auto most = static_cast<std::uint64_t>(configuration_.training.max_skipped);
  if (progress_.skipped_in_row >= most) {
    throw SharedError(
        ExitCode::kRun,
        fmt::format("{}; updates skipped in a row: {}, training.max_skipped allows no more; the parameters "
                    "are as they were, and so is the last checkpoint; lower "
                    "training.optimizer.learning_rate or look at the text of these shards",
                    what, progress_.skipped_in_row),
        0);
  }
  if (ranks_.rank() != 0) return;
  display_->clear_bar();
  log_warning("{}: the update is skipped ({} in a row, {} in all)", what, progress_.skipped_in_row, progress_.skipped);
}

Trainer::DueLooks Trainer::due_looks() const {
  if (!validation_) return {};
  const ValidationConfiguration& settings = configuration_.training.validation;
  const auto falls_due = [this](std::int64_t every) {
    return progress_.update % static_cast<std::uint64_t>(every) == 0;
  };
  const bool loss = settings.every_updates > 0 ? falls_due(settings.every_updates) : progress_.batch == 0;
  const bool score = settings.bleu.every_updates > 0 ? falls_due(settings.bleu.every_updates)
                                                     : loss && settings.metric == ValidationMetric::kBleu;
  return {loss || (score && score_), score && score_};
}

Trainer::DueLooks Trainer::undone_looks() const {
  const bool done = !history_.empty() && history_.back().update == progress_.update;
  return progress_.update == 0 || done ? DueLooks{} : due_looks();
}

ValidationRecord Trainer::look(bool with_score) {
  ValidationRecord record{progress_.update, progress_.epoch, validation_->words(),
                          validation_->cross_entropy(model_, [this] { plan_->stop_here(); }), std::nullopt};
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

std::optional<ValidationRecord> Trainer::look_until_stop(bool with_score) {
  const Heartbeat::Phase phase(ranks_.heartbeat(), "validation");
  const Stopwatch watch;
  try {
    ValidationRecord record = look(with_score);
    plan_->validation_took(watch.seconds());
    return record;
  } catch (const SharedError& error) {
    if (error.exit_code() != ExitCode::kStopped) throw;
    return std::nullopt;
  }
}

std::optional<bool> Trainer::validate(bool with_score) {
  const Stopwatch watch;
  const std::optional<ValidationRecord> looked = look_until_stop(with_score);
  if (!looked) return std::nullopt;
  const ValidationRecord& record = *looked;
  unsaved_ = true;
  moved_ = true;
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

bool Trainer::validate_at_end(TrainingSummary& summary) {
  if (!validation_) return true;
  const bool with_score = configuration_.training.validation.measures_bleu() && score_;
  if (!history_.empty() && history_.back().update == progress_.update && (history_.back().bleu || !with_score)) {
    summary.validation = history_.back();
    return true;
  }
  const Stopwatch watch;
  summary.validation = look_until_stop(with_score);
  if (!summary.validation) return false;
  const bool best = is_best(*summary.validation);
  if (metrics_) metrics_->write_validation(*summary.validation, watch.seconds(), best, false);
  if (best) files_->mark_best(progress_.update);
  return true;
}

bool Trainer::checkpoint_due() const {
  if (!unsaved_ || progress_.update == 0) return false;
  const CheckpointConfiguration& checkpoint = configuration_.training.checkpoint;
  const auto every = static_cast<std::uint64_t>(checkpoint.every_updates);
  if (every > 0 && progress_.update % every == 0) return true;
  return checkpoint.every_minutes > 0 && since_saved_.seconds() >= 60 * checkpoint.every_minutes;
}

void Trainer::settle() {
  const Heartbeat::Phase phase(ranks_.heartbeat(), "checkpoint");
  files_->settle();
  plan_->checkpoint_is_there();
}

void Trainer::save(bool best) {
  settle();
  const Heartbeat::Phase phase(ranks_.heartbeat(), "checkpoint");
  const Stopwatch watch;
  plan_->checkpoint_begins();
  checkpoint_ = files_->save(progress_, history_, model_.layout(), *state_,
                             static_cast<std::size_t>(configuration_.training.checkpoint.keep), best);
  unsaved_ = false;
  ++checkpoints_;
  checkpoint_seconds_ += watch.seconds();
  since_saved_.restart();
}

}  // namespace lockstep
