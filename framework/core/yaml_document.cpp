#include "framework/core/yaml_document.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/parser.h>

#include <sstream>

#include "framework/core/errors.h"

namespace lockstep {
namespace {

using Place = std::function<std::string(const YAML::Mark&)>;

/// More than anybody writes; a text that is repeated by as many stays small.
constexpr std::size_t kMostAliases = 100;

/// Looks through the events of a text before anything is built from it.
class Check final : public YAML::EventHandler {
 public:
  explicit Check(const Place& at) : at_(at) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    // yaml-cpp 0.7 sees a new document, again and again, where a comma stands outside of a list.
    if (documents_ > 0 && mark.pos == start_) {
      throw ConfigError(fmt::format("{}: is not valid YAML: nothing can begin like this", at_(mark)));
    }
    if (++documents_ > 1) throw ConfigError(fmt::format("{}: holds more than one YAML document; keep one", at_(mark)));
    start_ = mark.pos;
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    if (++aliases_ > kMostAliases) {
      throw ConfigError(fmt::format("{}: is alias number {}; write values out", at_(mark), aliases_));
    }
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}

 private:
  const Place& at_;
  std::size_t documents_ = 0;
  std::size_t aliases_ = 0;
  int start_ = -1;
};

}  // namespace

YAML::Node load_document(const std::string& text, const Place& at) {
  if (text.size() > kLongestYaml) {
    throw ConfigError(
        fmt::format("{}: is longer than {} bytes; give a configuration", at(YAML::Mark::null_mark()), kLongestYaml));
  }
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    Check check(at);
    while (parser.HandleNextDocument(check)) continue;
    return YAML::Load(text);
  } catch (const YAML::Exception& error) {
    throw ConfigError(fmt::format("{}: is not valid YAML: {}", at(error.mark), error.msg));
  }
}

}  // namespace lockstep
