"""What a run was made with: as long as this is the same, so are its replies."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

from .. import resources
from ..assistant import Assistant
from ..digests import sha256_of
from ..documents import Document
from .suites import Suite

# The instructions that decide how an int8 product is added up, and with it a confidence's last digits.
DECISIVE = ("amx_int8", "avx512_vnni", "avx_vnni", "avx512f", "avx2", "asimddp")


@dataclass(frozen=True, slots=True)
class Identity:
    """Digests, hexadecimal, of everything that a reply depends on, and the kind of CPU.

    Attributes:
        suite: of the cases.
        corpus: of the texts with their names and titles.
        index: of the parameters that passages and vectors are made with, the encoder's weights included.
        models: of the files in `models/encoder` and `models/reader`.
        reader, retriever: the parts' parameters as text, the calibration included.
        prompts: of the files in `prompts/`.
        code: of the package's modules, with the versions of the libraries that compute.
        cpu: the machine's architecture and the instructions that matter.
    """

    suite: str
    corpus: str
    index: str
    models: str
    reader: str
    retriever: str
    prompts: str
    code: str
    cpu: str

    @classmethod
    def of(cls, suite: Suite, assistant: Assistant) -> Identity:
        return cls(
            suite=suite.sha256,
            corpus=_of_texts(assistant.documents),
            index=_short(assistant.index_fingerprint),
            models=_of_files(resources.folder("models"), ("encoder/*", "reader/*")),
            reader=assistant.reader.identity,
            retriever=assistant.retriever.identity,
            prompts=_of_files(resources.folder("prompts"), ("*.md",)),
            code="-".join([_of_files(resources.PACKAGE, ("*.py", "*/*.py", "*/*/*.py")), *_versions()]),
            cpu=cpu_kind(),
        )

    @property
    def sha256(self) -> str:
        return _short(json.dumps(asdict(self), sort_keys=True))

    def to_dict(self) -> dict[str, str]:
        return asdict(self)


def _versions() -> list[str]:
    return [f"{name} {version(name)}" for name in ("onnxruntime", "tokenizers", "sentencex", "numpy")]


@cache
def cpu_kind() -> str:
    """Such as "x86_64 avx512_vnni avx2"; the architecture alone where the system does not say more."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    flags = next((set(line.split()) for line in lines if line.startswith(("flags", "Features"))), set())
    return " ".join([platform.machine(), *(name for name in DECISIVE if name in flags)])


def _of_texts(documents: Iterable[Document]) -> str:
    return _short(json.dumps([(each.source, each.title, each.text) for each in documents]))


@cache
def _of_files(folder: Path, patterns: tuple[str, ...]) -> str:
    """Digest of the names and contents of the files; once a process, as they do not change under it."""
    files = sorted({file for pattern in patterns for file in folder.glob(pattern) if file.is_file()})
    return _short(json.dumps([(str(file.relative_to(folder)), sha256_of(file)) for file in files]))


def _short(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
