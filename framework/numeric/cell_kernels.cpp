#include "framework/numeric/cell_kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "framework/numeric/cell_kernels.cpp"
#include <hwy/foreach_target.h>  // compiles the kernels once for each instruction set

#include "framework/numeric/kernels-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lockstep {
namespace HWY_NAMESPACE {

template <typename Real>
void gru_gates_kernel(const GruGates<Real>& a) {
  const hn::ScalableTag<Real> d;
  const std::size_t hidden = a.previous.columns;
  for (std::size_t row = 0; row < a.gates.rows; ++row) {
    Real* z = a.gates.row(row);
    Real* r = z + hidden;
    const Real* recurrent = a.recurrent.row(row);
    const Real* previous = a.previous.row(row);
    Real* reset_state = a.reset_state.row(row);
    for_vectors(d, hidden, [&](auto lanes, std::size_t i) HWY_ATTR {
      lanes.store(d, sigmoid(d, hn::Add(lanes.load(d, z + i), lanes.load(d, recurrent + i))), z + i);
      const auto reset = sigmoid(d, hn::Add(lanes.load(d, r + i), lanes.load(d, recurrent + hidden + i)));
      lanes.store(d, reset, r + i);
      lanes.store(d, hn::Mul(reset, lanes.load(d, previous + i)), reset_state + i);
    });
  }
}

template <typename Real>
void gru_state_kernel(const GruState<Real>& a) {
  const hn::ScalableTag<Real> d;
  for (std::size_t row = 0; row < a.state.rows; ++row) {
    const Real* z = a.update.row(row);
    const Real* previous = a.previous.row(row);
    const Real* recurrent = a.recurrent.row(row);
    Real* candidate = a.candidate.row(row);
    Real* state = a.state.row(row);
    for_vectors(d, a.state.columns, [&](auto lanes, std::size_t i) HWY_ATTR {
      const auto proposal = hyperbolic_tangent(d, hn::Add(lanes.load(d, candidate + i), lanes.load(d, recurrent + i)));
      const auto before = lanes.load(d, previous + i);
      lanes.store(d, proposal, candidate + i);
      lanes.store(d, hn::MulAdd(lanes.load(d, z + i), hn::Sub(proposal, before), before), state + i);
    });
  }
}

template <typename Real>
void gru_state_backward_kernel(const GruStateBackward<Real>& a) {
  const hn::ScalableTag<Real> d;
  const auto one = hn::Set(d, Real{1});
  for (std::size_t row = 0; row < a.d_state.rows; ++row) {
    const Real* d_state = a.d_state.row(row);
    const Real* previous = a.previous.row(row);
    Real* update = a.update.row(row);
    Real* candidate = a.candidate.row(row);
    Real* d_previous = a.d_previous.row(row);
    for_vectors(d, a.d_state.columns, [&](auto lanes, std::size_t i) HWY_ATTR {
      const auto ds = lanes.load(d, d_state + i);
      const auto z = lanes.load(d, update + i);
      const auto proposal = lanes.load(d, candidate + i);
      const auto keep = hn::Sub(one, z);
      const auto dz = hn::Mul(ds, hn::Sub(proposal, lanes.load(d, previous + i)));
      lanes.store(d, hn::Mul(dz, hn::Mul(z, keep)), update + i);
      lanes.store(d, hn::Mul(hn::Mul(ds, z), hn::NegMulAdd(proposal, proposal, one)), candidate + i);
      lanes.store(d, hn::Mul(ds, keep), d_previous + i);
    });
  }
}

template <typename Real>
void gru_reset_backward_kernel(const GruResetBackward<Real>& a) {
  const hn::ScalableTag<Real> d;
  const auto one = hn::Set(d, Real{1});
  for (std::size_t row = 0; row < a.reset.rows; ++row) {
    const Real* d_reset_state = a.d_reset_state.row(row);
    const Real* previous = a.previous.row(row);
    Real* reset = a.reset.row(row);
    Real* d_previous = a.d_previous.row(row);
    for_vectors(d, a.reset.columns, [&](auto lanes, std::size_t i) HWY_ATTR {
      const auto gradient = lanes.load(d, d_reset_state + i);
      const auto r = lanes.load(d, reset + i);
      const auto slope = hn::Mul(r, hn::Sub(one, r));
      lanes.store(d, hn::Mul(hn::Mul(gradient, lanes.load(d, previous + i)), slope), reset + i);
      lanes.store(d, hn::MulAdd(gradient, r, lanes.load(d, d_previous + i)), d_previous + i);
    });
  }
}

template <typename Real>
void lstm_forward_kernel(const LstmForward<Real>& a) {
  const hn::ScalableTag<Real> d;
  const std::size_t hidden = a.state.columns;
  for (std::size_t row = 0; row < a.gates.rows; ++row) {
    Real* input = a.gates.row(row);
    Real* forget = input + hidden;
    Real* output = forget + hidden;
    Real* proposal = output + hidden;
    const Real* previous = a.previous_memory.row(row);
    Real* memory = a.memory.row(row);
    Real* state = a.state.row(row);
    for_vectors(d, hidden, [&](auto lanes, std::size_t k) HWY_ATTR {
      const auto i = sigmoid(d, lanes.load(d, input + k));
      const auto f = sigmoid(d, lanes.load(d, forget + k));
      const auto o = sigmoid(d, lanes.load(d, output + k));
      const auto g = hyperbolic_tangent(d, lanes.load(d, proposal + k));
      const auto c = hn::MulAdd(f, lanes.load(d, previous + k), hn::Mul(i, g));
      lanes.store(d, i, input + k);
      lanes.store(d, f, forget + k);
      lanes.store(d, o, output + k);
      lanes.store(d, g, proposal + k);
      lanes.store(d, c, memory + k);
      lanes.store(d, hn::Mul(o, hyperbolic_tangent(d, c)), state + k);
    });
  }
}

template <typename Real>
void lstm_backward_kernel(const LstmBackward<Real>& a) {
  const hn::ScalableTag<Real> d;
  const auto one = hn::Set(d, Real{1});
  const std::size_t hidden = a.d_state.columns;
  for (std::size_t row = 0; row < a.gates.rows; ++row) {
    Real* input = a.gates.row(row);
    Real* forget = input + hidden;
    Real* output = forget + hidden;
    Real* proposal = output + hidden;
    const Real* previous = a.previous_memory.row(row);
    const Real* memory = a.memory.row(row);
    const Real* d_state = a.d_state.row(row);
    Real* d_memory = a.d_memory.row(row);
    for_vectors(d, hidden, [&](auto lanes, std::size_t k) HWY_ATTR {
      const auto i = lanes.load(d, input + k);
      const auto f = lanes.load(d, forget + k);
      const auto o = lanes.load(d, output + k);
      const auto g = lanes.load(d, proposal + k);
      const auto ds = lanes.load(d, d_state + k);
      const auto t = hyperbolic_tangent(d, lanes.load(d, memory + k));
      const auto dc = hn::MulAdd(hn::Mul(ds, o), hn::NegMulAdd(t, t, one), lanes.load(d, d_memory + k));
      lanes.store(d, hn::Mul(hn::Mul(dc, g), hn::Mul(i, hn::Sub(one, i))), input + k);
      lanes.store(d, hn::Mul(hn::Mul(dc, lanes.load(d, previous + k)), hn::Mul(f, hn::Sub(one, f))), forget + k);
      lanes.store(d, hn::Mul(hn::Mul(ds, t), hn::Mul(o, hn::Sub(one, o))), output + k);
      lanes.store(d, hn::Mul(hn::Mul(dc, i), hn::NegMulAdd(g, g, one)), proposal + k);
      lanes.store(d, hn::Mul(dc, f), d_memory + k);
    });
  }
}

LOCKSTEP_KERNEL(gru_gates, GruGates)
LOCKSTEP_KERNEL(gru_state, GruState)
LOCKSTEP_KERNEL(gru_state_backward, GruStateBackward)
LOCKSTEP_KERNEL(gru_reset_backward, GruResetBackward)
LOCKSTEP_KERNEL(lstm_forward, LstmForward)
LOCKSTEP_KERNEL(lstm_backward, LstmBackward)

}  // namespace HWY_NAMESPACE
}  // namespace lockstep
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lockstep {

LOCKSTEP_DISPATCH(gru_gates, GruGates)
LOCKSTEP_DISPATCH(gru_state, GruState)
LOCKSTEP_DISPATCH(gru_state_backward, GruStateBackward)
LOCKSTEP_DISPATCH(gru_reset_backward, GruResetBackward)
LOCKSTEP_DISPATCH(lstm_forward, LstmForward)
LOCKSTEP_DISPATCH(lstm_backward, LstmBackward)

}  // namespace lockstep
#endif
