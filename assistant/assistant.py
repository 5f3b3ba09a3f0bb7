"""The assistant: opens a corpus, answers questions. The one place where the parts are put together."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from . import telling
from .answers import Answer, Done, Event, Refusal, Step
from .clock import Clock
from .confidence import Calibration
from .conversation import Chat, Rewriter, Standing, by_rules, last, replies_of
from .corpus.load import documents_of
from .documents import Citation, Document
from .errors import AssistantError, CorpusError, SettingError
from .index import Progress, layout, silent
from .index.fingerprint import Fingerprint
from .index.opened import Index, describe
from .index.place import place_of
from .index.update import ensure
from .llm import language_model
from .models import Encoder, shipped_encoder, shipped_reader
from .overview import Overview
from .question import Question
from .readers import ExtractiveReader, cite
from .retrieve import Chosen, HybridRetriever, Within
from .seams import LanguageModel, Reader, ReaderOfTexts, Retriever
from .splitter import Splitter

RETRIEVED = 50  # passages that a reader may choose from


class Assistant:
    """Answers questions about texts: every sentence cited, or the question refused.

    Made by `open` or `from_texts`. Safe to use from many threads. Holds files and memory until it
    is closed; a `with` closes it.

    Attributes:
        corpus: the folder or file that the texts were read from; None for texts in memory.
    """

    def __init__(
        self,
        index: Index,
        retriever: Retriever,
        reader: Reader,
        overview: Overview,
        closing: Callable[[], None],
        corpus: Path | None = None,
        rewrite: Rewriter = by_rules,
    ) -> None:
        self.corpus = corpus
        self._index = index
        self._retriever = retriever
        self._reader = reader
        self._overview = overview
        self._closing = closing
        self._rewrite = rewrite
        self._closed = False

    @classmethod
    def open(
        cls,
        corpus: str | os.PathLike[str] | None = None,
        index: str | os.PathLike[str] | None = None,
        llm: object | None = None,
        *,
        threshold: float | None = None,
        progress: Progress = silent,
    ) -> Self:
        """Open a folder of texts, or one text; its index is built when it is missing or stale.

        Args:
            corpus: the folder; the shipped corpus when left out.
            index: where its index lives; see docs/corpus.md for the place when left out.
            llm: a language model, by PROVIDER:MODEL or an object (docs/language-models.md).
            threshold: the least confidence that is answered, 0 to 1; the calibrated one when left out.
            progress: called with what is being done, how much of it, and of how much.

        Raises:
            CorpusError: the corpus cannot be read, or holds no text.
            IndexProblem: the index cannot be built, or is being built by another process.
            ModelProblem: a shipped model is missing or damaged.
            SettingError: a value cannot work.
        """
        model = language_model(llm, os.environ)
        place = place_of(corpus, index)
        opened = ensure(place, progress)
        own = shipped_reader().fitted_to(place.folder / layout.CALIBRATION)
        wired = cls._wired(opened, place.encoder, opened.close, own, place.corpus, model)
        return wired if threshold is None else wired.variant(threshold=threshold)

    @classmethod
    def from_texts(cls, texts: Mapping[str, str], llm: object | None = None) -> Self:
        """Open texts in memory, by name. Their index lies in a temporary folder until `close`.

        Raises:
            CorpusError: no text has a word in it, or a name has characters that cannot be shown.
            SettingError: a value cannot work.
        """
        model = language_model(llm, os.environ)
        # The building half imports llama_index and chromadb, which asking does without.
        from .index.build import Source, write_generation

        foreign = next((name for name in texts if not name or not name.isprintable()), None)
        if foreign is not None:
            raise CorpusError(f"{foreign!r} cannot name a text; use characters that can be shown")
        documents = documents_of(texts)
        if not documents:
            raise CorpusError(f"none of the {len(texts)} texts has a word in it")
        encoder, splitter = shipped_encoder(), Splitter()
        with contextlib.ExitStack() as resources_held:
            folder = Path(resources_held.enter_context(tempfile.TemporaryDirectory(prefix="assistant-")))
            write_generation(folder, Source(documents, list, len(documents)), encoder, splitter, {}, silent)
            opened = Index.open(folder, Fingerprint.of(encoder, splitter))
            resources_held.callback(opened.close)
            return cls._wired(opened, encoder, resources_held.pop_all().close, model=model)

    @classmethod
    def _wired(
        cls,
        index: Index,
        encoder: Encoder,
        closing: Callable[[], None],
        own: Calibration | None = None,
        corpus: Path | None = None,
        model: LanguageModel | None = None,
    ) -> Self:
        reader, rewrite = _with_model(ExtractiveReader(shipped_reader(), index, own), model)
        retriever, overview = HybridRetriever(index, encoder), Overview(index, encoder)
        return cls(index, retriever, reader, overview, closing, corpus, rewrite)

    def variant(
        self,
        *,
        retriever: Retriever | None = None,
        reader: Reader | None = None,
        threshold: float | None = None,
    ) -> Self:
        """The same texts with another retriever, reader or threshold, to compare the two.

        Both share one index and close together.

        Raises:
            SettingError: the threshold is no probability.
        """
        reader = reader or self._reader
        if threshold is not None:
            if not 0.0 <= threshold <= 1.0:
                raise SettingError(f"a threshold of {threshold!r} is no probability; use 0 to 1")
            reader = reader.at(threshold)
        return self._with(retriever or self._retriever, reader, self._overview)

    def within(self, sources: Collection[str]) -> Self:
        """The same assistant, which answers from the texts of these names alone; both close together."""
        chosen, reader = Chosen(self._open_index(), frozenset(sources)), self._reader
        retriever = Within(self._retriever, chosen.sources, len(self._index))
        overview = replace(self._overview, sources=chosen.sources)
        if isinstance(reader, ReaderOfTexts):
            reader = reader.over(chosen)
        return self._with(retriever, reader, overview)

    def _with(self, retriever: Retriever, reader: Reader, overview: Overview) -> Self:
        """An assistant of the same texts, closed with this one."""
        return type(self)(self._index, retriever, reader, overview, self.close, self.corpus, self._rewrite)

    @property
    def index_fingerprint(self) -> str:
        """What the passages and their vectors were made with, as JSON."""
        return describe(self._index.generation).fingerprint.to_json()

    @property
    def retriever(self) -> Retriever:
        """What finds the passages; `variant` takes another."""
        return self._retriever

    @property
    def reader(self) -> Reader:
        """What answers from them; `variant` takes another."""
        return self._reader

    def close(self) -> None:
        """Give back files, memory and threads; closing again does nothing."""
        if not self._closed:
            self._closed = True
            self._closing()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "closed" if self._closed else f"{len(self._index)} passages"
        return f"<Assistant: {state}>"

    @property
    def documents(self) -> tuple[Document, ...]:
        """Every text, in order of their names. Reads them all into memory."""
        return tuple(self._open_index().documents())

    def document(self, source: str) -> Document:
        """The text of this name.

        Raises:
            CorpusError: there is none.
        """
        document = self._open_index().document(source)
        if document is None:
            raise CorpusError(f"there is no document {source!r} in the corpus; `documents` lists them")
        return document

    def search(self, query: str, k: int = 5) -> tuple[Citation, ...]:
        """The `k` passages nearest to a query, best first, without an answer.

        A citation's score is the cosine of the two vectors, 0 where only words matched. What is no
        question (empty, too long, without words) finds nothing.
        """
        index, question = self._open_index(), Question.of(query)
        if isinstance(question, str) or k < 1:
            return ()
        hits = self._retriever.retrieve(question, min(k, len(index)))
        return tuple(cite(index, hit.passage, score=hit.cosine or 0.0) for hit in hits)

    def ask(self, question: str) -> Answer | Refusal:
        """The reply to a question; raises nothing for any string.

        Raises:
            AssistantError: the assistant is closed.
            ModelProblem: the reader's weights, loaded with the first question, are damaged.
        """
        return last(self.stream(question))

    async def aask(self, question: str) -> Answer | Refusal:
        """`ask`, off the event loop."""
        import asyncio  # a tenth of a cold process' imports, and whoever awaits has it already

        return await asyncio.to_thread(self.ask, question)

    def stream(self, question: str) -> Iterator[Event]:
        """The reply as it is made: `Step`s, then the answer's text in `Piece`s, then `Done`."""
        return self._events(question, Standing(question))

    def _events(self, question: str, standing: Standing) -> Iterator[Event]:
        """The events for a question, which is searched and judged as it stands alone."""
        self._open_index()
        clock = Clock()
        looked = Question.of(standing.question)
        if isinstance(looked, str):
            reply: Answer | Refusal = Refusal(question=question, reason=looked, reader=self._reader.name)
        elif whole := self._overview.answer(looked):
            yield Step("read")
            reply = yield from telling.whole(whole)
            clock.lap("read")
        else:
            yield Step("search")
            hits = self._retriever.retrieve(looked, RETRIEVED)
            clock.lap("retrieve")
            yield Step("read")
            about = self._overview.about(looked, hits) if looked.topic else None
            told = telling.whole(about) if about else telling.read(self._reader, looked, hits)
            reply = yield from told
            clock.lap("read")
        yield Done(standing.finish(reply, question, clock.timings()))

    def chat(self, saved: Mapping[str, Any] | None = None) -> Chat:
        """A conversation, which does not see any other.

        Args:
            saved: the past of one, as `Chat.to_dict` gave it.

        Raises:
            InvalidReply: `saved` is no chat.
        """
        return Chat(self._events, replies_of(saved) if saved is not None else (), self._rewrite)

    def _open_index(self) -> Index:
        if self._closed:
            raise AssistantError("this assistant is closed; open another: Assistant.open()")
        return self._index


def _with_model(offline: ExtractiveReader, model: LanguageModel | None) -> tuple[Reader, Rewriter]:
    """What answers and what makes follow-ups stand alone: the model, which falls back on ours, or ours."""
    if model is None:
        return offline, by_rules
    from .model_reader import ModelReader
    from .rewriting import ModelRewriter

    return ModelReader(offline, model), ModelRewriter(model)
