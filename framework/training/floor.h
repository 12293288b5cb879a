#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "framework/core/profile.h"

namespace lockstep {

// The floor of an update: the seconds below which it can't fall with the engine and the memory at hand, if everything
// beside its matrix products, its optimizer and the sum of its gradients cost nothing.

/// Products of one kind whose sizes are alike, as one size stands for them.
struct ProductGroup {
  std::string_view name;      ///< of profiled_gemm.h
  Profile::Sizes sizes = {};  ///< what is measured
  std::uint64_t count = 0;
  double equivalents = 0;  ///< how many products of `sizes` have as many operations as all of them
  double seconds = 0;      ///< that all of them took
};

/// The size that stands for so many rows: the number itself below 16, else the nearest with four binary digits, which
/// is at most 1/16 away.
[[nodiscard]] std::uint32_t measured_rows(std::uint32_t rows);

/// Products with the same weight fall together where their numbers of rows do: m, or k of x^T y. Products of nothing
/// are left out. The longest in all come first.
[[nodiscard]] std::vector<ProductGroup> group_products(const Profile::Tallies& tallies);

/// Multiplications and additions of one such product; none in a pack.
[[nodiscard]] double operations(std::string_view name, const Profile::Sizes& sizes);
[[nodiscard]] double operations(const std::vector<ProductGroup>& groups);

/// Seconds of all products, with the fastest seconds of each group's sizes.
[[nodiscard]] double product_seconds(const std::vector<ProductGroup>& groups, const std::vector<double>& fastest);

/// What an update moves through the memory of one rank, in elements of four bytes.
struct Traffic {
  std::size_t elements = 0;       ///< of all parameters
  std::size_t slice = 0;          ///< of this rank's
  std::size_t own_gradients = 0;  ///< arrays that it writes: of its shards, or of some that it computes together
  std::size_t own_subtrees = 0;   ///< complete subtrees they make
  std::size_t all_subtrees = 0;   ///< of all ranks
  std::size_t slots = 0;          ///< arrays of the optimizer

  /// The slice's gradient is read; each slot and the parameters are read and written.
  [[nodiscard]] double optimizer_bytes() const;
  /// An addition reads two and writes one: over the whole array where a rank adds its own shards along the tree, over
  /// its slice where it adds the ranks'. What messages copy isn't counted, since shared memory needs no copy.
  [[nodiscard]] double reduction_bytes() const;
};

}  // namespace lockstep
