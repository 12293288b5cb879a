#pragma once

// Catch2 by the names of its version 3; Debian 12 has version 2.13, which is told here what they mean.

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>

using Catch::Approx;
#else
#include <catch2/catch.hpp>

namespace Catch::Matchers {

inline auto ContainsSubstring(const std::string& text) {
  return Contains(text);
}

}  // namespace Catch::Matchers
#endif

#ifdef CATCH_CONFIG_RUNNER
namespace lockstep {

/// Runs all tests without colours; what they report goes to `file`, or to the terminal where it is empty.
/// Returns how many failed.
inline int run_tests(Catch::Session& session, const std::string& file) {
#if __has_include(<catch2/catch_all.hpp>)
  session.configData().defaultOutputFilename = file;
  session.configData().defaultColourMode = Catch::ColourMode::None;
#else
  session.configData().outputFilename = file;
  session.configData().useColour = Catch::UseColour::No;
#endif
  return session.run();
}

}  // namespace lockstep
#endif
