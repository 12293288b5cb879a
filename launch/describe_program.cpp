#include "launch/describe_program.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/Version.hpp>
#include <string_view>
#include <vector>

#include "framework/core/library.h"
#include "framework/corpus/libraries.h"
#include "framework/inspection/libraries.h"
#include "framework/numeric/gemm.h"
#include "framework/numeric/libraries.h"
#include "framework/parallel/libraries.h"
#include "framework/storage/libraries.h"
#include "launch/program_version.h"

namespace lockstep {
namespace {

std::string compiler() {
#ifdef __clang__
  return "Clang " + version_text(__clang_major__, __clang_minor__, __clang_patchlevel__);
#else
  return fmt::format("GCC {}", __VERSION__);
#endif
}

std::vector<Library> all_libraries() {
  std::vector<Library> all;
  for (const std::vector<Library>& room : {parallel_libraries(), storage_libraries(), numeric_libraries(),
                                           corpus_libraries(), inspection_libraries(), core_libraries()}) {
    all.insert(all.end(), room.begin(), room.end());
  }
  all.push_back({"CLI11", CLI11_VERSION});
  return all;
}

std::string line(std::string_view name, std::string_view text) {
  return fmt::format("{:<15} {}\n", name, text);
}

std::string describe_products() {
  std::string text;
  for (const GemmEngine engine : {GemmEngine::kOpenBlas, GemmEngine::kPanels, GemmEngine::kOneDnn}) {
    const bool float32 = has_gemm(engine, Precision::kFloat32);
    const bool bfloat16 = has_gemm(engine, Precision::kBfloat16);
    if (!float32 && !bfloat16) continue;
    text +=
        line("products", fmt::format("{}: {}{}{}", describe_gemm(engine, Precision::kFloat32), float32 ? "float32" : "",
                                     float32 && bfloat16 ? ", " : "", bfloat16 ? "bfloat16" : ""));
  }
  text += line("auto, float32", describe_gemm(GemmEngine::kAuto, Precision::kFloat32));
  const bool bfloat16 = has_gemm(GemmEngine::kAuto, Precision::kBfloat16);
  return text + line("auto, bfloat16", bfloat16 ? describe_gemm(GemmEngine::kAuto, Precision::kBfloat16)
                                                : "no engine here: it needs oneDNN and AVX-512");
}

}  // namespace

std::string program_title() {
  const std::string_view revision = program_revision();
  return fmt::format("lockstep {} ({})", program_version(), revision.empty() ? "unknown revision" : revision);
}

std::string describe_program() {
  std::string text = program_title() + '\n';
  text += line("compiler", compiler());
  text += line("build type", build_type());
  for (const Library& library : all_libraries()) {
    text += line(library.name, library.version.empty() ? "not built in" : library.version);
  }
  text += describe_products();
  text += line("vectors", fmt::format("{} (of {})", describe_simd(), fmt::join(simd_targets(), ", ")));
  text.pop_back();  // the program ends the last line
  return text;
}

}  // namespace lockstep
