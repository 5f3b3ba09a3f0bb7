"""Export the encoder, the reader and the support check's model to ONNX, int8, one text a call.

Run with the `models` extra installed (docs/models.md has the whole story):

    python models/export.py encoder --weights DIR --tokenizer FILE   # DIR holds *.safetensors, config.json
    python models/export.py reader --weights DIR
    python models/export.py support --weights DIR

Each call writes models/<name>/model.onnx and the digests in card.json; with --tokenizer it renews the
one tokenizer, models/encoder/tokenizer.json; with --data it also measures what int8 loses.
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
import gzip
import hashlib
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from safetensors.numpy import load_file
from tokenizers import Tokenizer

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


def support(folder: Path) -> onnx.ModelProto:
    """input_ids, token_type_ids int64 (1, n) -> supported float32 (1, 1): the logit at the first token.

    Training leaves the word table as it was. Here it is the encoder's to the byte, of which git keeps one.
    """
    graph, w = Graph(), read_weights(folder)
    stored = {each.name: each for each in onnx.load(HERE / "encoder" / "model.onnx").graph.initializer}
    rows, scales = (numpy_helper.to_array(stored[name]) for name in ("words", "word_scales"))
    w["embeddings.word_embeddings.weight"] = rows * scales
    x = bert(graph, folder, w, segments=True)
    graph.add("Gather", x, graph.weight("first", np.array([0])), name="head", axis=1)
    graph.weight("supported.weight", w["supported.weight"][0])
    graph.add("MatMul", "head", "supported.weight", name="supported.product")
    bias = graph.weight("supported.bias", w["supported.bias"])
    graph.add("Add", "supported.product", bias, name="supported")
    return graph.model(["input_ids", "token_type_ids"], {"supported": [1, 1]})


KINDS = {"encoder": encoder, "reader": reader, "support": support}


def quantise(plain: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    quantize_dynamic(
        plain,
        target,
        op_types_to_quantize=["MatMul", "Attention"],
        nodes_to_exclude=["start.product", "end.product", "supported.product"],
        weight_type=QuantType.QInt8,
        per_channel=True,
        reduce_range=True,
        extra_options={"MatMulConstBOnly": True, "DefaultTensorType": TensorProto.FLOAT},
    )


def agreement(plain: Path, target: Path, tokenizer: Tokenizer, data: Path) -> str:
    """How far int8 is from fp32 on every 20th question of half of SQuAD 2.0's dev set.

    For the encoder the cosine of both vectors of a paragraph; for the reader how often both prefer
    the same start.
    """
    sessions = [ort.InferenceSession(str(path)) for path in (plain, target)]
    names = [each.name for each in sessions[0].get_inputs()]
    same: list[float] = []
    for question, paragraph in list(pairs(data))[::20]:
        encoded = tokenizer.encode(question, paragraph) if len(names) > 1 else tokenizer.encode(paragraph)
        values = {"input_ids": encoded.ids, "token_type_ids": encoded.type_ids}
        feed = {name: np.array([values[name][:384]]) for name in names}
        (exact, *_), (ours, *_) = (session.run(None, feed) for session in sessions)
        same.append(exact.argmax() == ours.argmax() if len(names) > 1 else exact @ ours)
    what = "the same start" if len(names) > 1 else "cosine"
    return f"int8 against fp32, {len(same)} texts: {what}, mean {np.mean(same):.4f}, least {np.min(same):.4f}"


def pairs(data: Path) -> Iterator[tuple[str, str]]:
    articles = json.loads(gzip.decompress(next(data.glob("squad2-*.json.gz")).read_bytes()))["data"]
    for paragraph in (paragraph for article in articles for paragraph in article["paragraphs"]):
        for question in paragraph["qas"]:
            yield question["question"], paragraph["context"]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("name", choices=list(KINDS))
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--tokenizer", type=Path, help="tokenizer.json of all models")
    parser.add_argument("--data", type=Path, help="measure the loss on the dev data in this folder")
    arguments = parser.parse_args()
    plain = Path(tempfile.mkdtemp()) / "plain.onnx"
    folder = HERE / arguments.name
    onnx.save(KINDS[arguments.name](arguments.weights), plain)
    quantise(plain, folder / "model.onnx")
    tokenizer = HERE / "encoder" / "tokenizer.json"  # the others' too
    if arguments.tokenizer:
        tokenizer.write_bytes(arguments.tokenizer.read_bytes())
    if arguments.data:
        own = Tokenizer.from_file(str(tokenizer))
        own.no_truncation()
        own.no_padding()
        print(agreement(plain, folder / "model.onnx", own, arguments.data))
    write_card(folder)


def write_card(folder: Path) -> None:
    """Renew the digests in card.json, which `assistant doctor` compares."""
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    for name in card["sha256"]:
        card["sha256"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    (folder / "card.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(card, indent=1))


if __name__ == "__main__":
    main()
