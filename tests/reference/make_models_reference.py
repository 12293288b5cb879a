#!/usr/bin/python3
"""Writes models.json: parameters, loss and gradients of small RNNsearch and RNNencdec models, computed by PyTorch.

An independent computation of what models/ computes, sentence by sentence, straight from the equations of Bahdanau, Cho and
Bengio (2015), with gradients by autograd. tests/models/reference_test.cpp reads only the file. Needs Debian's python3-torch:

    python3 tests/reference/make_models_reference.py > tests/reference/models.json
"""
import json

import torch

SIZES = {"source_vocabulary": 9, "target_vocabulary": 11, "embedding": 4, "hidden": 5, "attention": 6, "maxout": 3}
SMOOTHING = 0.1
PAIRS = [([3, 7, 2, 0], [5, 4, 0]), ([8, 0], [2, 9, 10, 6, 0]), ([4, 4, 5, 6, 1, 0], [7, 0]), ([2, 3, 0], [1, 3, 8, 0])]


def parameter_shapes(kind, cell, bidirectional):
    m, n, a, l = SIZES["embedding"], SIZES["hidden"], SIZES["attention"], SIZES["maxout"]
    gates = {"tanh": 1, "gru": 3, "lstm": 4}[cell]
    d = 2 * n if bidirectional else n
    x = n if kind == "rnnsearch" else d

    def recurrent(prefix):
        if cell == "gru":
            return {f"{prefix}/U_zr": (n, 2 * n), f"{prefix}/U": (n, n)}
        return {f"{prefix}/U": (n, gates * n)}

    shapes = {"encoder/E": (SIZES["source_vocabulary"], m)}
    for direction in ["forward", "backward"] if bidirectional else ["forward"]:
        prefix = f"encoder/{direction}"
        shapes |= {f"{prefix}/W": (m, gates * n), f"{prefix}/b": (1, gates * n)} | recurrent(prefix)
    if kind == "rnnsearch":
        shapes |= {"attention/W_a": (n, a), "attention/U_a": (d, a), "attention/v_a": (1, a)}
    shapes |= {"decoder/E": (SIZES["target_vocabulary"], m), "decoder/W_s": (x, n), "decoder/b_s": (1, n)}
    shapes |= {"decoder/W": (m, gates * n), "decoder/b": (1, gates * n), "decoder/C": (d, gates * n)} | recurrent("decoder")
    shapes |= {"output/U_o": (n, 2 * l), "output/V_o": (m, 2 * l), "output/C_o": (d, 2 * l), "output/b_o": (1, 2 * l)}
    return shapes | {"output/W_o": (l, SIZES["target_vocabulary"]), "output/b": (1, SIZES["target_vocabulary"])}


def step(cell, p, prefix, inputs, state):
    """One step of a cell: `inputs` is x W + b (+ c C); state is (s, memory)."""
    s, memory = state
    n = SIZES["hidden"]
    if cell == "tanh":
        return torch.tanh(inputs + s @ p[f"{prefix}/U"]), memory
    if cell == "gru":
        u_z, u_r = p[f"{prefix}/U_zr"].split(n, dim=1)
        z = torch.sigmoid(inputs[:n] + s @ u_z)
        r = torch.sigmoid(inputs[n : 2 * n] + s @ u_r)
        proposal = torch.tanh(inputs[2 * n :] + (r * s) @ p[f"{prefix}/U"])
        return (1 - z) * s + z * proposal, memory
    i, f, o, g = (inputs + s @ p[f"{prefix}/U"]).split(n)
    memory = torch.sigmoid(f) * memory + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(memory), memory


def encode(cell, p, direction, source):
    state = torch.zeros(SIZES["hidden"]), torch.zeros(SIZES["hidden"])
    words = list(enumerate(source))
    states = [None] * len(source)
    for j, word in words if direction == "forward" else reversed(words):
        inputs = p["encoder/E"][word] @ p[f"encoder/{direction}/W"] + p[f"encoder/{direction}/b"][0]
        state = step(cell, p, f"encoder/{direction}", inputs, state)
        states[j] = state[0]
    return torch.stack(states)


def sentence_loss(kind, cell, bidirectional, p, source, target):
    forward = encode(cell, p, "forward", source)
    backward = encode(cell, p, "backward", source) if bidirectional else None
    if kind == "rnnsearch":
        annotations = torch.cat([forward, backward], 1) if bidirectional else forward
        first = backward[0] if bidirectional else forward[-1]
    else:
        first = torch.cat([forward[-1], backward[0]]) if bidirectional else forward[-1]
    state = torch.tanh(first @ p["decoder/W_s"] + p["decoder/b_s"][0]), torch.zeros(SIZES["hidden"])
    embedded = torch.zeros(SIZES["embedding"])
    objective = cross_entropy = torch.zeros(())
    for word in target:
        if kind == "rnnsearch":
            hidden = torch.tanh(state[0] @ p["attention/W_a"] + annotations @ p["attention/U_a"])
            context = torch.softmax(hidden @ p["attention/v_a"][0], 0) @ annotations
        else:
            context = first
        inputs = embedded @ p["decoder/W"] + p["decoder/b"][0] + context @ p["decoder/C"]
        state = step(cell, p, "decoder", inputs, state)
        readout = state[0] @ p["output/U_o"] + embedded @ p["output/V_o"] + context @ p["output/C_o"] + p["output/b_o"][0]
        maxout = readout.view(-1, 2).max(1)[0]
        log_p = torch.log_softmax(maxout @ p["output/W_o"] + p["output/b"][0], 0)
        cross_entropy = cross_entropy - log_p[word]
        objective = objective - (1 - SMOOTHING) * log_p[word] - SMOOTHING * log_p.mean()
        embedded = p["decoder/E"][word]
    return objective, cross_entropy


def reference(kind, cell, bidirectional, generator):
    p = {}
    for name, shape in parameter_shapes(kind, cell, bidirectional).items():
        # Rounded, so that the file holds exactly what was computed with.
        values = torch.empty(shape).uniform_(-0.8, 0.8, generator=generator)
        p[name] = (values * 1000).round().div(1000).requires_grad_()
    losses = [sentence_loss(kind, cell, bidirectional, p, source, target) for source, target in PAIRS]
    objective = sum(loss[0] for loss in losses)
    objective.backward()
    return {
        "kind": kind,
        "cell": cell,
        "encoder": "bidirectional" if bidirectional else "forward",
        "objective": objective.item(),
        "cross_entropy": sum(loss[1] for loss in losses).item(),
        "parameters": {name: [round(v, 3) for v in value.flatten().tolist()] for name, value in p.items()},
        "gradients": {name: [float(f"{v:.8g}") for v in value.grad.flatten().tolist()] for name, value in p.items()},
    }


def main():
    torch.manual_seed(0)
    generator = torch.Generator().manual_seed(1)
    models = [
        reference(kind, cell, bidirectional, generator)
        for kind in ["rnnsearch", "rnnencdec"]
        for cell in ["tanh", "gru", "lstm"]
        for bidirectional in [True, False]
    ]
    state = {"sizes": SIZES, "label_smoothing": SMOOTHING, "pairs": PAIRS, "models": models}
    print(json.dumps(state, separators=(",", ":")))


if __name__ == "__main__":
    main()
