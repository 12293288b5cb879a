#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <fstream>
#include <limits>
#include <optional>
#include <set>
#include <system_error>

#include "framework/core/configuration_schema.h"
#include "framework/core/errors.h"
#include "framework/core/text.h"
#include "framework/core/yaml_document.h"

namespace lockstep {
namespace {

/// Where a value stands: a file and its lines, or an override of the command line.
struct Place {
  std::string name;
  bool has_lines;

  [[nodiscard]] std::string at(const YAML::Mark& mark) const {
    return has_lines && mark.line >= 0 ? fmt::format("{}:{}", name, mark.line + 1) : name;
  }
};

std::string described(const YAML::Node& node) {
  if (node.IsMap()) return "a group of keys";
  if (node.IsSequence()) return "a list";
  if (node.IsScalar()) return in_quotes(node.Scalar());
  return "empty";
}

[[noreturn]] void refuse(const std::string& where, const ConfigurationField& field, const YAML::Node& node,
                         const std::string& advice = "") {
  throw ConfigError(
      fmt::format("{}: {} must be {}, but is {}{}", where, field.key, expectation(field), described(node), advice));
}

/// A plain scalar as a number; nothing for a quoted one, or where anything follows the number.
template <typename Number>
std::optional<Number> number(const YAML::Node& node) {
  if (!node.IsScalar() || node.Tag() == "!") return std::nullopt;
  std::string_view text = node.Scalar();
  if (text.starts_with('+')) text.remove_prefix(1);
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Sets one field from a node; the alternatives of ConfigurationField::value as a visitor.
struct Assign {
  const ConfigurationField& field;
  const YAML::Node& node;
  const std::string& where;

  void operator()(const IntegerValue& integer) const {
    const std::optional<std::int64_t> value = number<std::int64_t>(node);
    if (!value || *value < integer.least || *value > integer.most) refuse(where, field, node);
    if (integer.power_of_two && !std::has_single_bit(static_cast<std::uint64_t>(*value))) {
      const std::uint64_t below = std::bit_floor(static_cast<std::uint64_t>(*value));
      refuse(where, field, node, fmt::format("; take {} or {}", below, 2 * below));
    }
    *integer.value = *value;
  }

  void operator()(const RealValue& real) const {
    const std::optional<double> value = number<double>(node);
    const bool inside = value && std::isfinite(*value) && *value >= real.least && *value <= real.most &&
                        !(real.without_most && *value == real.most);
    if (!inside) refuse(where, field, node);
    *real.value = *value + 0.0;  // -0 and 0 are one value
  }

  void operator()(const FlagValue& flag) const {
    if (!node.IsScalar() || (node.Scalar() != "true" && node.Scalar() != "false")) refuse(where, field, node);
    *flag.value = node.Scalar() == "true";
  }

  void operator()(const TextValue& text) const { *text.value = nonempty_text(node); }

  void operator()(const PathsValue& paths) const {
    std::vector<std::string> names;
    if (node.IsSequence()) {
      for (const YAML::Node& item : node) names.push_back(nonempty_text(item));
    } else {
      names.push_back(nonempty_text(node));
    }
    if (names.empty() && field.required) refuse(where, field, node, " without entries");
    *paths.value = std::move(names);
  }

  void operator()(const ChoiceValue& choice) const {
    const auto found =
        node.IsScalar() ? std::find(choice.names.begin(), choice.names.end(), node.Scalar()) : choice.names.end();
    if (found == choice.names.end()) refuse(where, field, node);
    choice.set(static_cast<std::size_t>(found - choice.names.begin()));
  }

 private:
  [[nodiscard]] std::string nonempty_text(const YAML::Node& text) const {
    if (!text.IsScalar() || text.Scalar().empty()) refuse(where, field, text);
    return text.Scalar();
  }
};

/// Lays documents and overrides over a Configuration, key by key.
class Reader {
 public:
  explicit Reader(Configuration& configuration) : fields_(configuration_fields(configuration)) {}

  /// Sets everything below `prefix` ("" or "training.optimizer") from a node that stands on `mark`'s line.
  void apply(const std::string& prefix, const YAML::Node& node, const Place& place, const YAML::Mark& mark) {
    const auto field =
        std::find_if(fields_.begin(), fields_.end(), [&](const ConfigurationField& f) { return f.key == prefix; });
    if (field != fields_.end()) {
      const std::string where = place.at(mark);
      std::visit(Assign{*field, node, where}, field->value);
      given_.insert(prefix);
      return;
    }
    if (!is_group(prefix)) {
      throw ConfigError(
          fmt::format("{}: unknown key {}; did you mean {}?", place.at(mark), one_line(prefix), nearest_key(prefix)));
    }
    if (node.IsNull()) return;  // a group without keys: all defaults
    if (!node.IsMap()) {
      throw ConfigError(fmt::format("{}: {} must be a group of keys, but is {}", place.at(mark),
                                    prefix.empty() ? "a configuration" : prefix, described(node)));
    }
    std::set<std::string> seen;
    for (const auto& entry : node) {
      const YAML::Mark key_mark = entry.first.Mark();
      if (!entry.first.IsScalar()) {
        throw ConfigError(
            fmt::format("{}: a key must be a plain name, but is {}", place.at(key_mark), described(entry.first)));
      }
      const std::string key = prefix.empty() ? entry.first.Scalar() : prefix + '.' + entry.first.Scalar();
      // A key with dots inside would reach a place that "duplicate" and "unknown" don't watch.
      if (entry.first.Scalar().find('.') != std::string::npos || entry.first.Scalar().empty()) {
        throw ConfigError(fmt::format("{}: unknown key {}; did you mean {} (one level of indentation for each dot)?",
                                      place.at(key_mark), one_line(key), nearest_key(key)));
      }
      if (!seen.insert(key).second) {
        throw ConfigError(fmt::format("{}: {} is given twice; keep one", place.at(key_mark), one_line(key)));
      }
      apply(key, entry.second, place, key_mark);
    }
  }

  /// Throws where a key without a default is missing, or half of a pair.
  void require_complete(const std::string& name) const {
    for (const ConfigurationField& field : fields_) {
      if (!field.required || given_.contains(std::string(field.key))) continue;
      throw ConfigError(fmt::format("{}: {} is missing; a configuration needs run, corpus.source and corpus.target",
                                    name, field.key));
    }
    const bool source = given_.contains("corpus.validation.source");
    if (source == given_.contains("corpus.validation.target")) return;
    throw ConfigError(fmt::format("{}: corpus.validation has a {} without a {}; give both or neither", name,
                                  source ? "source" : "target", source ? "target" : "source"));
  }

 private:
  static std::string one_line(const std::string& key) {
    const std::string shown = in_quotes(key);
    return shown == '\'' + key + '\'' ? key : shown;
  }

  [[nodiscard]] bool is_group(const std::string& prefix) const {
    return prefix.empty() || std::any_of(fields_.begin(), fields_.end(),
                                         [&](const ConfigurationField& f) { return f.key.starts_with(prefix + '.'); });
  }

  /// The known key or group that is fewest edits away. The right name in the wrong group counts as one edit.
  [[nodiscard]] std::string nearest_key(const std::string& unknown) const {
    std::set<std::string> known;
    for (const ConfigurationField& field : fields_) {
      for (std::size_t dot = field.key.find('.'); dot != std::string_view::npos; dot = field.key.find('.', dot + 1)) {
        known.emplace(field.key.substr(0, dot));
      }
      known.emplace(field.key);
    }
    const auto last_name = [](std::string_view key) { return key.substr(key.rfind('.') + 1); };
    std::string best;
    std::size_t best_distance = std::numeric_limits<std::size_t>::max();
    const std::string_view start = std::string_view(unknown).substr(0, 200);
    for (const std::string& key : known) {
      const std::size_t distance =
          std::min(edit_distance(start, key), edit_distance(last_name(start), last_name(key)) + 1);
      if (distance >= best_distance) continue;
      best_distance = distance;
      best = key;
    }
    return best;
  }

  std::vector<ConfigurationField> fields_;
  std::set<std::string> given_;
};

YAML::Node load_yaml(const std::string& text, const Place& place) {
  return load_document(text, [&](const YAML::Mark& mark) { return place.at(mark); });
}

void apply_override(Reader& reader, const std::string& text) {
  const Place place{fmt::format("--set {}", in_quotes(text)), false};
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw ConfigError(place.name + ": must look like key.path=value, as in training.shards=16");
  }
  reader.apply(text.substr(0, equals), load_yaml(text.substr(equals + 1), place), place, YAML::Mark::null_mark());
}

}  // namespace

Configuration parse_configuration(const std::string& yaml, const std::string& name,
                                  const std::vector<std::string>& overrides) {
  Configuration configuration;
  Reader reader(configuration);
  const Place place{name, true};
  const YAML::Node document = load_yaml(yaml, place);
  reader.apply("", document, place, document.Mark());
  for (const std::string& text : overrides) apply_override(reader, text);
  reader.require_complete(name);
  return configuration;
}

Configuration load_configuration(const std::filesystem::path& file, const std::vector<std::string>& overrides) {
  const std::string name = file.string();
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) {
    throw ConfigError(fmt::format("{}: no such configuration file; give the path of a YAML file", name));
  }
  if (std::filesystem::is_directory(file, ignored)) {
    throw ConfigError(fmt::format("{}: is a folder; give the path of a YAML file", name));
  }
  std::ifstream stream(file, std::ios::binary);
  // One byte more than is taken tells that it is too long.
  std::string text(kLongestYaml + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (!stream.is_open() || stream.bad()) {
    throw ConfigError(fmt::format("{}: can't be read; check its permissions", name));
  }
  return parse_configuration(text, name, overrides);
}

}  // namespace lockstep
