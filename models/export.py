"""Export the encoder and the reader to ONNX, int8, one text a call.

Run with the `models` extra installed (docs/models.md has the whole story):

    python models/export.py encoder --weights DIR       # DIR holds *.safetensors and config.json
    python models/export.py reader --weights DIR --tokenizer models/encoder/tokenizer.json

Each call writes models/<name>/model.onnx and tokenizer.json, and prints the figures for the card.
The graph is written down node by node: fusing a traced one is a search for patterns that breaks
with every release of the tracer, and BERT is short. What it gains:

  1. one text a call, so no padding and no mask;
  2. attention, skip + layer normalisation and bias + GELU as onnxruntime's fused operators;
  3. the word table as int8 with a scale for each row, all matrices as int8 by onnxruntime's
     dynamic quantisation: signed, per channel, in the 7-bit range. In the full range, CPUs without
     VNNI saturate in the middle of a sum and give other numbers than those with it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from safetensors.numpy import load_file

HERE = Path(__file__).parent
FUSED = "com.microsoft"
Weights = dict[str, np.ndarray]


class Graph:
    """An ONNX graph under construction: nodes in order, weights by name."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def weight(self, name: str, value: np.ndarray) -> str:
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(self, operator: str, *inputs: str, name: str, domain: str = "", **attributes: object) -> str:
        self.nodes.append(helper.make_node(operator, inputs, [name], name, domain=domain, **attributes))
        return name

    def model(self, inputs: list[str], outputs: dict[str, list[str | int]]) -> onnx.ModelProto:
        graph = helper.make_graph(
            self.nodes,
            "bert",
            [helper.make_tensor_value_info(name, TensorProto.INT64, [1, "tokens"]) for name in inputs],
            [
                helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
                for name, shape in outputs.items()
            ],
            self.weights,
        )
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid(FUSED, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=9)


def read_weights(folder: Path) -> Weights:
    """Tensors by name, fp16 read as fp32, without the prefix that a task head brings along."""
    file = next(iter(sorted(folder.glob("*.safetensors"))))
    return {name.removeprefix("bert."): value.astype(np.float32) for name, value in load_file(file).items()}


def embeddings(graph: Graph, w: Weights, epsilon: float, *, segments: bool) -> str:
    """Word + position + segment vectors, normalised: float32 (1, n, width)."""
    table = w["embeddings.word_embeddings.weight"]
    scale = np.abs(table).max(axis=1, keepdims=True) / 127
    rows = graph.weight("words", np.round(table / scale).astype(np.int8))
    graph.add("Gather", rows, "input_ids", name="word_rows")
    graph.add("Cast", "word_rows", name="word_floats", to=TensorProto.FLOAT)
    graph.add("Gather", graph.weight("word_scales", scale), "input_ids", name="word_scale")
    graph.add("Mul", "word_floats", "word_scale", name="word_vectors")
    kinds = w["embeddings.token_type_embeddings.weight"]
    positions = w["embeddings.position_embeddings.weight"] + (0 if segments else kinds[0])
    graph.add("Shape", "input_ids", name="length", start=1)
    zero, axis = graph.weight("zero", np.array([0])), graph.weight("axis", np.array([0]))
    graph.add("Slice", graph.weight("positions", positions), zero, "length", axis, name="places")
    summed = graph.add("Add", "word_vectors", "places", name="words_in_place")
    if segments:
        graph.add("Gather", graph.weight("kinds", kinds), "token_type_ids", name="segment_vectors")
        summed = graph.add("Add", summed, "segment_vectors", name="words_in_segment")
    gamma = graph.weight("embed.gamma", w["embeddings.LayerNorm.weight"])
    beta = graph.weight("embed.beta", w["embeddings.LayerNorm.bias"])
    return graph.add("LayerNormalization", summed, gamma, beta, name="embedded", axis=-1, epsilon=epsilon)


def layer(graph: Graph, w: Weights, index: int, x: str, heads: int, epsilon: float) -> str:
    """One transformer layer: attention, then the feed-forward part, each added and normalised."""
    source, short = f"encoder.layer.{index}", f"layer{index}"

    def skip_norm(new: str, old: str, part: str, name: str) -> str:
        rest = [
            graph.weight(f"{name}.{kind}", w[f"{source}.{part}.{tensor}"])
            for kind, tensor in (
                ("gamma", "LayerNorm.weight"),
                ("beta", "LayerNorm.bias"),
                ("bias", "dense.bias"),
            )
        ]
        return graph.add("SkipLayerNormalization", new, old, *rest, name=name, domain=FUSED, epsilon=epsilon)

    def matrix(part: str, name: str) -> str:
        return graph.weight(name, w[f"{source}.{part}.weight"].T)

    parts = [f"{source}.attention.self.{part}" for part in ("query", "key", "value")]
    qkv = graph.weight(f"{short}.qkv", np.concatenate([w[f"{part}.weight"].T for part in parts], axis=1))
    bias = graph.weight(f"{short}.qkv_bias", np.concatenate([w[f"{part}.bias"] for part in parts]))
    attended = graph.add("Attention", x, qkv, bias, name=f"{short}.attend", domain=FUSED, num_heads=heads)
    mixed = graph.add(
        "MatMul", attended, matrix("attention.output.dense", f"{short}.out"), name=f"{short}.mix"
    )
    x = skip_norm(mixed, x, "attention.output", f"{short}.attended")
    wide = graph.add("MatMul", x, matrix("intermediate.dense", f"{short}.up"), name=f"{short}.wide")
    up_bias = graph.weight(f"{short}.up_bias", w[f"{source}.intermediate.dense.bias"])
    active = graph.add("BiasGelu", wide, up_bias, name=f"{short}.gelu", domain=FUSED)
    narrow = graph.add("MatMul", active, matrix("output.dense", f"{short}.down"), name=f"{short}.narrow")
    return skip_norm(narrow, x, "output", f"{short}.done")


def bert(graph: Graph, folder: Path, w: Weights, *, segments: bool) -> str:
    config = json.loads((folder / "config.json").read_text())
    epsilon = config["layer_norm_eps"]
    x = embeddings(graph, w, epsilon, segments=segments)
    for index in range(config["num_hidden_layers"]):
        x = layer(graph, w, index, x, config["num_attention_heads"], epsilon)
    return x


def encoder(folder: Path) -> onnx.ModelProto:
    """input_ids int64 (1, n) -> vector float32 (width,): the mean over the tokens, of length 1."""
    graph, w = Graph(), read_weights(folder)
    x = bert(graph, folder, w, segments=False)
    graph.add("ReduceMean", x, name="mean", axes=[0, 1], keepdims=0)
    graph.add("LpNormalization", "mean", name="vector", axis=0, p=2)
    return graph.model(["input_ids"], {"vector": [w["embeddings.LayerNorm.weight"].size]})


def reader(folder: Path) -> onnx.ModelProto:
    """input_ids, token_type_ids int64 (1, n) -> start, end float32 (n,): the span head's logits."""
    graph, w = Graph(), read_weights(folder)
    x = bert(graph, folder, w, segments=True)
    graph.add("Squeeze", x, graph.weight("first", np.array([0])), name="states")
    for row, name in enumerate(("start", "end")):
        graph.weight(f"{name}.weight", w["qa_outputs.weight"][row])
        graph.add("MatMul", "states", f"{name}.weight", name=f"{name}.product")
        graph.add(
            "Add", f"{name}.product", graph.weight(f"{name}.bias", w["qa_outputs.bias"][row]), name=name
        )
    return graph.model(["input_ids", "token_type_ids"], {"start": ["tokens"], "end": ["tokens"]})


def quantise(plain: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    quantize_dynamic(
        plain,
        target,
        op_types_to_quantize=["MatMul", "Attention"],
        nodes_to_exclude=["start.product", "end.product"],
        weight_type=QuantType.QInt8,
        per_channel=True,
        reduce_range=True,
        extra_options={"MatMulConstBOnly": True, "DefaultTensorType": TensorProto.FLOAT},
    )


def agreement(plain: Path, target: Path) -> str:
    """How far the int8 outputs are from the fp32 ones, over 200 random texts of 8 to 256 tokens."""
    exact, ours = (ort.InferenceSession(str(path)) for path in (plain, target))
    generator = np.random.default_rng(0)
    cosines = []
    for _ in range(200):
        ids = generator.integers(1000, 29000, (1, int(generator.integers(8, 256))))
        feed = {i.name: ids if i.name == "input_ids" else np.zeros_like(ids) for i in ours.get_inputs()}
        a, b = (np.concatenate(session.run(None, feed)) for session in (exact, ours))
        cosines.append(float(a @ b / np.linalg.norm(a) / np.linalg.norm(b)))
    return f"cosine to fp32 over 200 random texts: mean {np.mean(cosines):.4f}, least {min(cosines):.4f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("name", choices=["encoder", "reader"])
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--tokenizer", type=Path, help="default: tokenizer.json among the weights")
    parser.add_argument("--keep-fp32", type=Path, help="also keep the fp32 graph here")
    arguments = parser.parse_args()
    plain = arguments.keep_fp32 or Path(tempfile.mkdtemp()) / "plain.onnx"
    target = HERE / arguments.name / "model.onnx"
    onnx.save(encoder(arguments.weights) if arguments.name == "encoder" else reader(arguments.weights), plain)
    quantise(plain, target)
    print(agreement(plain, target))
    shutil.copyfile(
        arguments.tokenizer or arguments.weights / "tokenizer.json", target.parent / "tokenizer.json"
    )
    for file in (target, target.parent / "tokenizer.json"):
        print(file.name, file.stat().st_size, "bytes, sha256", hashlib.sha256(file.read_bytes()).hexdigest())


if __name__ == "__main__":
    main()
