"""The index: a folder of sealed generations, each built beside the old one and swapped in whole.

layout.py       names on disk, the pointer to the current generation, publishing one
lock.py         one writer at a time
fingerprint.py  what a generation was built with
store.py        texts, passages and the BM25 index, in SQLite
rows.py         passages as rows of Chroma, without importing LlamaIndex
pipeline.py     LlamaIndex's ingestion pipeline into Chroma     (imports llama_index)
graph.py        Chroma over a generation's folder               (imports chromadb)
takeover.py     what a new generation takes over from the one before
build.py        write a generation                              (imports chromadb)
verify.py       verify what a reader will find in one           (imports chromadb)
worker.py       the child process that builds
update.py       the parent: lock, child, publish
opened.py       `Index`: a generation open for reading
"""

from collections.abc import Callable

Progress = Callable[[str, int, int], None]  # what is being done, how much of it, of how much


def silent(stage: str, done: int, total: int) -> None:
    """No progress is shown."""
