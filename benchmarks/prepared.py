"""The corpora and their indexes, made when they are missing, and the options of every script."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from assistant import resources
from assistant.index import silent, update
from assistant.index.place import Place
from assistant.models import shipped_encoder
from benchmarks import corpora
from benchmarks.corpora import Asked
from benchmarks.figures import Setting


def given(doc: str | None) -> Setting:
    """The setting that the command line gives."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="../shared/data/train")
    parser.add_argument("--out", type=Path, default=Path("build/bench"))
    parser.add_argument("--runs", type=int, default=Setting.runs)
    parser.add_argument("--builds", type=int, default=Setting.builds)
    parser.add_argument("--quick", action="store_true", help="few texts and questions: does it work?")
    options = parser.parse_args()
    small = {"texts": 60, "questions": 20} if options.quick else {}
    out = options.out / "quick" if options.quick else options.out
    return Setting(options.data, out, options.runs, options.builds, **small)


def place(setting: Setting, name: str) -> Place:
    """A corpus and where its index is: `article`, `articles` or `passages`."""
    encoder = shipped_encoder()
    if name == "article":
        return Place(resources.folder("corpus"), setting.out / "article" / "index", encoder)
    corpora.make(name, setting.data, setting.out / name, setting.texts)
    return Place(setting.out / name / "corpus", setting.out / name / "index", encoder)


def built(setting: Setting, name: str) -> Place:
    """`place`, with its index up to date."""
    here = place(setting, name)
    update.ensure(here, silent).close()
    return here


def some(setting: Setting, count: int, out: Path) -> tuple[Path, list[Asked]]:
    """A corpus of the first so many of the 600 texts, and the questions about them."""
    corpus, whole = out / "corpus", setting.out / "articles"
    shutil.rmtree(corpus, ignore_errors=True)
    corpus.mkdir(parents=True)
    names = sorted(path.name for path in (whole / "corpus").iterdir())[:count]
    for name in names:
        shutil.copy(whole / "corpus" / name, corpus)
    return corpus, [each for each in corpora.questions_of(whole) if each.source in names]


def copied(here: Place, to: Path) -> Place:
    """The same corpus and index, to be changed."""
    shutil.copytree(here.corpus, to / "corpus")
    shutil.copytree(here.folder, to / "index")
    return Place(to / "corpus", to / "index", here.encoder)
