#include "framework/core/configuration_schema.h"

#include <fmt/format.h>

#include <limits>

#include "framework/core/text.h"

namespace lockstep {
namespace {

template <typename Enumeration>
ChoiceValue choice(Enumeration& value, std::vector<std::string_view> names) {
  return {std::move(names), [&value] { return static_cast<std::size_t>(value); },
          [&value](std::size_t index) { value = static_cast<Enumeration>(index); }};
}

constexpr std::int64_t kMostUnits = 65536;  // wider layers than anybody trains; keeps products of sizes in range
constexpr std::int64_t kMostCount = 1'000'000'000;  // updates, sentences and the like
constexpr std::int64_t kMostShards = 65536;
constexpr bool kMayDiffer = false;  // a resumed run may differ in this key
constexpr bool kChangesRun = true;

IntegerValue units(std::int64_t& value) {
  return {&value, 1, kMostUnits};
}
IntegerValue count_from(std::int64_t least, std::int64_t& value) {
  return {&value, least, kMostCount};
}
/// A probability that may be 0, never 1.
RealValue share(double& value) {
  return {&value, 0, 1, true};
}
RealValue at_least_zero(double& value) {
  return {&value, 0, std::numeric_limits<double>::max()};
}

void add_corpus(std::vector<ConfigurationField>& fields, CorpusConfiguration& c) {
  // Files may move between start and resume; the corpus file's digest tells whether the text is the same.
  fields.push_back({"corpus.source", PathsValue{&c.source}, kMayDiffer, true});
  fields.push_back({"corpus.target", PathsValue{&c.target}, kMayDiffer, true});
  fields.push_back({"corpus.validation.source", PathsValue{&c.validation.source}, kMayDiffer});
  fields.push_back({"corpus.validation.target", PathsValue{&c.validation.target}, kMayDiffer});
  VocabularyConfiguration& v = c.vocabulary;
  fields.push_back({"corpus.vocabulary.kind", choice(v.kind, {"word", "sentencepiece"})});
  fields.push_back({"corpus.vocabulary.algorithm", choice(v.algorithm, {"unigram", "bpe"})});
  fields.push_back({"corpus.vocabulary.size", IntegerValue{&v.size, 3, 10'000'000}});
  fields.push_back({"corpus.vocabulary.joint", FlagValue{&v.joint}});
  fields.push_back({"corpus.max_length", IntegerValue{&c.max_length, 1, 10'000}});
}

void add_model(std::vector<ConfigurationField>& fields, ModelConfiguration& m) {
  fields.push_back({"model.kind", choice(m.kind, {"rnnsearch", "rnnencdec"})});
  fields.push_back({"model.cell", choice(m.cell, {"tanh", "gru", "lstm"})});
  fields.push_back({"model.encoder", choice(m.encoder, {"forward", "bidirectional"})});
  fields.push_back({"model.embedding", units(m.embedding)});
  fields.push_back({"model.hidden", units(m.hidden)});
  fields.push_back({"model.attention", units(m.attention)});
  fields.push_back({"model.maxout", units(m.maxout)});
  fields.push_back({"model.dropout.embedding", share(m.dropout.embedding)});
  fields.push_back({"model.dropout.context", share(m.dropout.context)});
  fields.push_back({"model.dropout.output", share(m.dropout.output)});
  fields.push_back({"model.initial.scheme", choice(m.initial.scheme, {"paper", "glorot"})});
  fields.push_back({"model.initial.attention", at_least_zero(m.initial.attention)});
  fields.push_back({"model.initial.weights", at_least_zero(m.initial.weights)});
}

void add_training(std::vector<ConfigurationField>& fields, TrainingConfiguration& t) {
  fields.push_back({"training.shards", IntegerValue{&t.shards, 1, kMostShards, true}});
  fields.push_back({"training.shard_sentences", IntegerValue{&t.shard_sentences, 1, kMostUnits}});
  fields.push_back({"training.pool_batches", IntegerValue{&t.pool_batches, 1, kMostUnits}});
  fields.push_back({"training.epochs", count_from(1, t.epochs), kMayDiffer});
  fields.push_back({"training.updates", count_from(0, t.updates), kMayDiffer});
  OptimizerConfiguration& o = t.optimizer;
  fields.push_back({"training.optimizer.kind", choice(o.kind, {"adam", "adadelta", "sgd"})});
  fields.push_back({"training.optimizer.learning_rate", at_least_zero(o.learning_rate), kMayDiffer});
  fields.push_back({"training.optimizer.beta1", share(o.beta1)});
  fields.push_back({"training.optimizer.beta2", share(o.beta2)});
  fields.push_back({"training.optimizer.rho", share(o.rho)});
  fields.push_back({"training.optimizer.epsilon", at_least_zero(o.epsilon)});
  fields.push_back({"training.optimizer.momentum", share(o.momentum)});
  fields.push_back({"training.clip_norm", at_least_zero(t.clip_norm)});
  fields.push_back({"training.label_smoothing", share(t.label_smoothing)});
  fields.push_back({"training.reduction", choice(t.reduction, {"float32", "bfloat16"})});
  fields.push_back({"training.max_skipped", count_from(1, t.max_skipped), kMayDiffer});
  fields.push_back({"training.validation.every_updates", count_from(0, t.validation.every_updates), kMayDiffer});
  fields.push_back({"training.validation.patience", count_from(0, t.validation.patience), kMayDiffer});
  // The best so far must stay comparable with what comes.
  fields.push_back({"training.validation.metric", choice(t.validation.metric, {"cross_entropy", "bleu"})});
  ValidationBleuConfiguration& b = t.validation.bleu;
  fields.push_back({"training.validation.bleu.every_updates", count_from(0, b.every_updates), kMayDiffer});
  fields.push_back({"training.validation.bleu.beam", IntegerValue{&b.beam, 1, 1000}});
  fields.push_back({"training.validation.bleu.tokenize", choice(b.tokenize, {"13a", "intl", "char", "zh", "none"})});
  fields.push_back({"training.checkpoint.every_updates", count_from(0, t.checkpoint.every_updates), kMayDiffer});
  fields.push_back({"training.checkpoint.every_minutes", at_least_zero(t.checkpoint.every_minutes), kMayDiffer});
  fields.push_back({"training.checkpoint.keep", count_from(1, t.checkpoint.keep), kMayDiffer});
}

std::string range_text(const IntegerValue& integer) {
  return fmt::format("{} from {} to {}", integer.power_of_two ? "a power of two" : "a whole number", integer.least,
                     integer.most);
}

std::string range_text(const RealValue& real) {
  if (real.most == std::numeric_limits<double>::max()) {
    return fmt::format("a number of at least {}", real.least);
  }
  return fmt::format("a number of at least {} and {} {}", real.least, real.without_most ? "below" : "at most",
                     real.most);
}

/// Plain where YAML reads it back as the same text, in double quotes elsewhere.
std::string text_as_yaml(const std::string& text) {
  constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./-+@";
  const bool plain = !text.empty() && text.find_first_not_of(kPlain) == std::string::npos && text[0] != '-' &&
                     text[0] != '@' && text != "null" && text != "Null" && text != "NULL" && text != "---" &&
                     text != "...";
  if (plain) return text;
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (byte < 0x20 || byte == 0x7F) {
      result += fmt::format("\\x{:02x}", byte);
    } else {
      result += c;
    }
  }
  return result + '"';
}

struct Expectation {
  std::string operator()(const IntegerValue& integer) const { return range_text(integer); }
  std::string operator()(const RealValue& real) const { return range_text(real); }
  std::string operator()(const FlagValue&) const { return "true or false"; }
  std::string operator()(const TextValue&) const { return "a text"; }
  std::string operator()(const PathsValue&) const { return "a file name or a list of them"; }
  std::string operator()(const ChoiceValue& c) const { return alternatives(c.names); }
};

struct ValueAsYaml {
  std::string operator()(const IntegerValue& integer) const { return fmt::to_string(*integer.value); }
  // The shortest text that reads back as the same number.
  std::string operator()(const RealValue& real) const { return fmt::format("{}", *real.value); }
  std::string operator()(const FlagValue& flag) const { return *flag.value ? "true" : "false"; }
  std::string operator()(const TextValue& text) const { return text_as_yaml(*text.value); }
  std::string operator()(const ChoiceValue& c) const { return std::string(c.names.at(c.get())); }
  std::string operator()(const PathsValue& paths) const {
    if (paths.value->size() == 1) return text_as_yaml(paths.value->front());
    std::string result = "[";
    for (const std::string& path : *paths.value) {
      if (result.size() > 1) result += ", ";
      result += text_as_yaml(path);
    }
    return result + "]";
  }
};

}  // namespace

std::vector<ConfigurationField> configuration_fields(Configuration& configuration) {
  std::vector<ConfigurationField> fields;
  fields.push_back({"run", TextValue{&configuration.run}, kMayDiffer, true});
  fields.push_back({"seed", IntegerValue{&configuration.seed, 0, std::numeric_limits<std::int64_t>::max()}});
  add_corpus(fields, configuration.corpus);
  add_model(fields, configuration.model);
  add_training(fields, configuration.training);
  // A checkpoint says itself which engine computed it, and resuming has its own question for that.
  fields.push_back(
      {"compute.gemm", choice(configuration.compute.gemm, {"auto", "onednn", "openblas", "panels"}), kMayDiffer});
  fields.push_back(
      {"compute.precision", choice(configuration.compute.precision, {"float32", "bfloat16"}), kChangesRun});
  fields.push_back({"compute.ranks_a_node", count_from(0, configuration.compute.ranks_a_node), kMayDiffer});
  fields.push_back({"watchdog.seconds", at_least_zero(configuration.watchdog.seconds), kMayDiffer});
  return fields;
}

std::string expectation(const ConfigurationField& field) {
  return std::visit(Expectation{}, field.value);
}

std::string value_as_yaml(const ConfigurationField& field) {
  return std::visit(ValueAsYaml{}, field.value);
}

}  // namespace lockstep
