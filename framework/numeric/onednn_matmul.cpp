#include "framework/numeric/onednn_matmul.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <array>
#include <string_view>

#include "framework/core/errors.h"

namespace lockstep {
namespace {

using dnnl::memory;

/// A function of the OpenMP library that oneDNN brought, whichever compiler's that is; null where it brought none.
/// Built with OpenMP ourselves, we would ask our own compiler's.
template <typename Function>
Function* openmp(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_DEFAULT, name));
}

memory::data_type stored_type(bool bfloat16) {
  return bfloat16 ? memory::data_type::bf16 : memory::data_type::f32;
}

memory::dim dim_of(std::size_t n) {
  return static_cast<memory::dim>(n);
}

memory::desc row_major(std::size_t rows, std::size_t columns, memory::data_type type) {
  return {{dim_of(rows), dim_of(columns)}, type, memory::format_tag::ab};
}

memory::desc panels(std::size_t k, std::size_t n, bool bfloat16) {
  return {{dim_of(k), dim_of(n)},
          stored_type(bfloat16),
          bfloat16 ? memory::format_tag::BA16a64b2a : memory::format_tag::BA16a64b};
}

/// The description of a product, whose making changed with oneDNN 3: it needs no operation descriptor any more.
template <typename Matmul>
typename Matmul::primitive_desc describe_matmul(const dnnl::engine& engine, const memory::desc& x,
                                                const memory::desc& weight, const memory::desc& y,
                                                const dnnl::primitive_attr& attributes) {
  if constexpr (requires { typename Matmul::desc; }) {
    return {typename Matmul::desc(x, weight, y), attributes, engine};
  } else {
    return {engine, x, weight, y, attributes};
  }
}

dnnl::matmul::primitive_desc describe(const MatmulShape& shape, const dnnl::engine& engine) {
  const memory::data_type type = stored_type(shape.bfloat16);
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  if (shape.accumulate) {
    dnnl::post_ops operations;
    operations.append_sum(1.0F);
    attributes.set_post_ops(operations);
  }
  return describe_matmul<dnnl::matmul>(engine, row_major(shape.m, shape.k, type),
                                       panels(shape.k, shape.n, shape.bfloat16),
                                       row_major(shape.m, shape.n, memory::data_type::f32), attributes);
}

}  // namespace

int OneDnnMatmul::threads() {
  const auto max_threads = openmp<int()>("omp_get_max_threads");
  return max_threads == nullptr ? 1 : max_threads();
}

/// A primitive with the arguments of its last call, so that a call only changes addresses.
struct OneDnnMatmul::Primitive {
  dnnl::matmul operation;
  memory x;
  memory y;
  memory scratchpad;
};

std::size_t OneDnnMatmul::ShapeHash::operator()(const MatmulShape& s) const {
  std::size_t hash = (s.bfloat16 ? 2U : 0U) + (s.accumulate ? 1U : 0U);
  for (const std::size_t part : {s.m, s.k, s.n}) hash = hash * 1'000'003U + part;
  return hash;
}

OneDnnMatmul::OneDnnMatmul() : engine_(dnnl::engine::kind::cpu, 0), stream_(engine_) {
  if (const auto set_threads = openmp<void(int)>("omp_set_num_threads")) set_threads(1);
}

OneDnnMatmul::~OneDnnMatmul() = default;

bool OneDnnMatmul::is_fast(bool bfloat16) const {
  try {
    const auto description = describe({.m = 1, .k = 64, .n = 64, .bfloat16 = bfloat16}, engine_);
    // Its generated kernels for packed weights; the others are plain loops.
    return std::string_view(description.impl_info_str()).starts_with("brg");
  } catch (const dnnl::error&) {
    return false;
  }
}

memory OneDnnMatmul::weight(std::size_t k, std::size_t n, bool bfloat16, void* memory_of_panels) const {
  return {panels(k, n, bfloat16), engine_, memory_of_panels};
}

std::unique_ptr<OneDnnMatmul::Primitive> OneDnnMatmul::make(const MatmulShape& shape) {
  try {
    const dnnl::matmul::primitive_desc description = describe(shape, engine_);
    scratchpad_.reserve(description.scratchpad_desc().get_size());
    return std::make_unique<Primitive>(Primitive{dnnl::matmul(description),
                                                 memory(description.src_desc(), engine_, DNNL_MEMORY_NONE),
                                                 memory(description.dst_desc(), engine_, DNNL_MEMORY_NONE),
                                                 memory(description.scratchpad_desc(), engine_, DNNL_MEMORY_NONE)});
  } catch (const dnnl::error& error) {
    throw RunError(
        fmt::format("oneDNN has no product of [{} × {}] and [{} × {}] on this processor: {}; take "
                    "compute.gemm=openblas",
                    shape.m, shape.k, shape.k, shape.n, error.what()));
  }
}

void OneDnnMatmul::run(const MatmulShape& shape, const void* x, const memory& weight, float* y) {
  if (shape.m == 0) return;
  std::unique_ptr<Primitive>& primitive = primitives_[shape];
  if (!primitive) primitive = make(shape);
  // The C interface takes the arguments as an array; that of C++ would build a map for each call.
  dnnl_memory_set_data_handle(primitive->x.get(), const_cast<void*>(x));
  dnnl_memory_set_data_handle(primitive->y.get(), y);
  dnnl_memory_set_data_handle(primitive->scratchpad.get(), scratchpad_.data());
  const std::array<dnnl_exec_arg_t, 4> arguments = {dnnl_exec_arg_t{DNNL_ARG_SRC, primitive->x.get()},
                                                    dnnl_exec_arg_t{DNNL_ARG_WEIGHTS, weight.get()},
                                                    dnnl_exec_arg_t{DNNL_ARG_DST, primitive->y.get()},
                                                    dnnl_exec_arg_t{DNNL_ARG_SCRATCHPAD, primitive->scratchpad.get()}};
  const dnnl_status_t status = dnnl_primitive_execute(primitive->operation.get(), stream_.get(),
                                                      static_cast<int>(arguments.size()), arguments.data());
  if (status != dnnl_success)
    throw RunError(fmt::format("oneDNN failed to multiply: status {}", static_cast<int>(status)));
}

}  // namespace lockstep
