#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "framework/core/configuration.h"

namespace lockstep {

/// What a key's value may be, and where it stands in a Configuration.
struct IntegerValue {
  std::int64_t* value;
  std::int64_t least;
  std::int64_t most;
  bool power_of_two = false;
};
struct RealValue {
  double* value;
  double least;
  double most;
  bool without_most = false;  ///< the range leaves out its upper end
};
struct FlagValue {
  bool* value;
};
struct TextValue {
  std::string* value;
};
struct PathsValue {
  std::vector<std::string>* value;
};
struct ChoiceValue {
  std::vector<std::string_view> names;  ///< in the order of the enumerators, which count from 0
  std::function<std::size_t()> get;
  std::function<void(std::size_t)> set;
};

/// One key of a configuration.
struct ConfigurationField {
  std::string_view key;  ///< "training.optimizer.kind"
  std::variant<IntegerValue, RealValue, FlagValue, TextValue, PathsValue, ChoiceValue> value;
  bool changes_run = true;  ///< a resumed run may not differ in this key
  bool required = false;
};

/// Every key once, in the order of the file: the one list that parsing, printing and comparing go by.
/// The fields point into `configuration`, which must outlive them and stay where it is.
[[nodiscard]] std::vector<ConfigurationField> configuration_fields(Configuration& configuration);

/// What the field takes, to follow "must be": "a whole number from 1 to 10".
[[nodiscard]] std::string expectation(const ConfigurationField& field);

/// The field's value as YAML on one line.
[[nodiscard]] std::string value_as_yaml(const ConfigurationField& field);

}  // namespace lockstep
