"""A reply as a person reads it: the answer with its citations, or the refusal. All of it is escaped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from ..answers import MARKER, Answer, Reason, Refusal, Reply
from ..documents import Citation
from ..markup import Child, Html, join, tag
from .parts import LABELS, counted, icon, is_here, place, unseen
from .shelf import Shelf

STRONG = 0.8  # of ten such replies, eight are right to answer
SUGGESTED = 2  # questions below an answer
GAP = "\u00a0"  # keeps a number on the line of the word before it

REFUSED: Mapping[Reason, tuple[str, str]] = {
    "not_in_text": ("The text does not say", "No passage answers this."),
    "off_topic": ("The text is not about this", "No passage is about this."),
    "unsupported": (
        "No answer could be proven",
        "The model answered, but the text does not support what it said.",
    ),
    "empty_question": ("Type a question", "There was nothing to search for."),
    "invalid_question": ("This cannot be read as a question", "Use words, at most 4,000 characters."),
}

STEPS: Mapping[str, tuple[str, str]] = {
    "wait": ("Waiting for other questions", "Waited"),
    "search": ("Searching", "Searched"),
    "read": ("Reading", "Read"),
    "write": ("Writing", "Wrote"),
}


def working(steps: Sequence[str], written: str) -> Html:
    """A reply in the making: what was done, what is being done, what is written so far."""
    rows = [tag("li", icon("check"), STEPS[step][1]) for step in steps[:-1]]
    rows += [tag("li.now", tag("i", aria_hidden="true"), STEPS[step][0]) for step in steps[-1:]]
    text = tag("p.say", _sentences(written), tag("span.caret", aria_hidden="true")) if written else None
    return join([tag("div", tag("ol.steps", rows), role="status", aria_label="Progress"), text])


def _sentences(text: str, chips: Mapping[int, Html] | None = None) -> Iterator[Child]:
    """The answer's text; each marker becomes the number that opens its passage."""
    at = 0
    for marker in MARKER.finditer(text):
        number = int(marker[1])
        chip = chips.get(number) if chips is not None else tag("span.cite", number)
        yield text[at : marker.start()].rstrip(" ")
        yield GAP if chip is not None else None
        yield chip
        at = marker.end()
    yield text[at:]


@dataclass(frozen=True, slots=True)
class Turn:
    """One reply in a chat.

    Attributes:
        name: of the turn in its chat; the links of its numbers are made with it.
        asked: every question of the chat, which need not be suggested again.
        consulted: passages that were read and not cited.
        changed: whether a citation no longer fits its text.
    """

    shelf: Shelf
    name: str
    reply: Answer | Refusal
    asked: frozenset[str] = frozenset()
    consulted: tuple[Citation, ...] = ()
    changed: bool = False

    def html(self) -> Html:
        """The whole of it, below the question."""
        reply = self.reply
        body = self._answer(reply) if isinstance(reply, Answer) else self._refusal(reply)
        return join([self._searched(), body, self._foot(), self._acts()])

    def _searched(self) -> Html | None:
        reply = self.reply
        if reply.standalone.strip() in ("", reply.question.strip()):
            return None
        return tag("p.searched", icon("search"), tag("span", "Searched for: ", tag("q", reply.standalone)))

    def _answer(self, answer: Answer) -> Child:
        chips = {number: self._chip(citation, number) for number, citation in enumerate(answer.citations, 1)}
        notices = [*answer.notices, *["This passage has changed since the answer was given."] * self.changed]
        return [
            tag("p.short", answer.short) if answer.short else None,
            tag("p.say", _sentences(answer.text, chips)),
            map(notice, notices),
            tag("div.refs", self._references(answer.citations), self._also()),
        ]

    def _chip(self, citation: Citation, number: int) -> Html:
        section = self._section(citation)
        return tag(
            "a.cite",
            number,
            href=f"#cite-{self.name}-{number}",
            aria_label=f"Citation {number}, {section or citation.title}",
            **place(citation, section, number),
        )

    def _section(self, citation: Citation) -> str:
        return self.shelf.section(citation.source, citation.start)

    def _references(self, citations: Sequence[Citation]) -> Iterator[Html]:
        numbered = list(enumerate(citations, 1))
        for at, (source, group) in enumerate(groupby(numbered, lambda each: each[1].source)):
            rows = [self._row(citation, number) for number, citation in group]
            title = next(each.title for each in citations if each.source == source)
            unit = tag("small", "characters", aria_hidden="true") if at == 0 else None
            yield tag("div.cap", tag("h3", "From ", title), unit)
            yield tag("ol", rows)

    def _row(self, citation: Citation, number: int) -> Html:
        section = self._section(citation)
        how = tag("span.how", LABELS[citation.label]) if citation.label != "exact" else None
        label = [unseen("Citation "), str(number)] if number else None
        link = tag(
            "a.line",
            tag("span.num", label),
            tag("span.sec", section or citation.title, how),
            tag("span.at", unseen("characters "), f"{citation.start}–{citation.end}"),
            href=f"#cite-{self.name}-{number or 'also'}",
            **place(citation, section, number),
        )
        return tag("li", link)

    def _also(self) -> Html | None:
        if not self.consulted:
            return None
        rows = [self._row(citation, 0) for citation in self.consulted]
        return tag("details", tag("summary", f"Also consulted ({len(rows)})"), tag("ul", rows))

    def _refusal(self, refusal: Refusal) -> Html:
        title, lack = REFUSED[refusal.reason]
        heading = f"refused-{self.name}"
        missing: Child = lack
        if refusal.reason in ("not_in_text", "off_topic") and refusal.missing:
            named = [[", " if at else "", tag("strong", each)] for at, each in enumerate(refusal.missing)]
            missing = ["Not in the text: ", named, "."]
        return tag(
            "section.refusal",
            tag("h3", icon("gap", "l"), title, id=heading),
            tag("p.lack", missing),
            map(notice, refusal.notices),
            self._nearest(refusal.nearest),
            self._instead(),
            aria_labelledby=heading,
        )

    def _nearest(self, nearest: Sequence[Citation]) -> Child:
        if not nearest:
            return None
        return [
            tag("h4", "Nearest passages, which do not answer it"),
            tag("ul.near", [self._near(each) for each in nearest]),
        ]

    def _near(self, citation: Citation) -> Html:
        section = self._section(citation) or citation.title
        link = tag(
            "a.link",
            "Open",
            unseen(f" this passage in {section}"),
            href=f"#cite-{self.name}-near",
            **place(citation, section),
        )
        quote = tag("blockquote", citation.quote[:600])
        return tag("li", quote, tag("p.from", tag("span", section), link))

    def _instead(self) -> Child:
        """How to go on: questions that the text answers, else what it covers."""
        if questions := self._questions():
            return [tag("h4", "The text does answer"), asking(questions, "Questions the text answers")]
        source = (
            self.reply.nearest[0].source if isinstance(self.reply, Refusal) and self.reply.nearest else ""
        )
        source = source or next(iter(self.shelf.entries), "")
        headings = self.shelf.headings(source)[:4] if source in self.shelf.entries else ()
        if not headings:
            return None
        links = [
            tag("button.ask-chip", each.text, type="button", data_document=source, data_at=each.start)
            for each in headings
        ]
        return [tag("h4", "The text covers"), tag("div.next", links, role="group", aria_label="Headings")]

    def _questions(self) -> list[str]:
        return [each for each in self.shelf.questions if each not in self.asked][:SUGGESTED]

    def _foot(self) -> Html:
        reply = self.reply
        words = "Strong support" if reply.confidence >= STRONG else "Partial support"
        kind = "span.support" if reply.confidence >= STRONG else "span.support.partial"
        support = tag(kind, tag("i", aria_hidden="true"), words) if isinstance(reply, Answer) else None
        facts = [who_answered(reply.reader, checked=True), what_left(reply), _took(reply)]
        return tag("p.foot", support, [tag("span", fact) for fact in facts if fact])

    def _acts(self) -> Child:
        answered = isinstance(self.reply, Answer)
        noun = "answer" if answered else "refusal"
        copy = tag("button.btn", icon("copy"), "Copy with references", type="button", data_do="copy")
        again = tag("button.btn", icon("retry"), "Ask again", type="button", data_do="again")
        thumbs = [
            tag(
                "button.btn.icon-only",
                icon(drawing),
                type="button",
                aria_pressed="false",
                aria_label=f"{word} {noun}",
                data_do=drawing,
            )
            for drawing, word in (("up", "Good"), ("down", "Bad"))
        ]
        buttons = [copy if answered else None, again, thumbs]
        acts = tag("div.acts", buttons, role="group", aria_label=f"This {noun}")
        questions = self._questions() if answered else []
        following = tag("div.following", asking(questions, "Ask next")) if questions else None
        return [acts, tag("div.verdict"), following]


def asking(questions: Sequence[str], label: str) -> Html:
    """Questions that are asked when they are chosen."""
    chips = [tag("button.ask-chip", each, type="button", data_ask=each) for each in questions]
    return tag("div.next", chips, role="group", aria_label=label)


def notice(words: str) -> Html:
    """What the user should know besides the answer."""
    ended = words if words.endswith((".", "!", "?")) else f"{words}."
    ended = ended[0].upper() + ended[1:]
    drawing = "cut" if " removed: " in words else "warn"
    return tag("p.notice", icon(drawing), tag("span.grow", ended))


def who_answers(reader: str, host: str) -> str:
    """The reader in words, and where it is."""
    if not host:
        return who_answered(reader)
    return f"{reader} on this computer" if is_here(host) else f"{reader} at {host}"


def what_will_leave(host: str) -> str:
    """What will leave this computer when something is asked, in words."""
    if is_here(host):
        return "Everything runs on this computer."
    return f"Questions, and the passages found for them, go to {host}."


def who_answered(reader: str, *, checked: bool = False) -> str:
    """The reader in words."""
    if reader == "extractive":
        return "Offline reader"
    return f"{reader}, checked against the text" if checked else reader


def what_left(reply: Reply) -> str:
    """What left this computer for a reply, in words."""
    sent = reply.sent
    if sent is None:
        return "Nothing left this computer"
    parts = ["Question"] + ["earlier questions"] * sent.chat
    parts += [counted(sent.passages, "passage")] if sent.passages else []
    went = ", ".join(parts[:-1]) + " and " + parts[-1] if len(parts) > 1 else parts[0]
    if is_here(sent.host):
        return f"Nothing left this computer: {went[0].lower()}{went[1:]} went to {sent.host}"
    return f"{went} went to {sent.host}"


def _took(reply: Reply) -> str:
    total = reply.timings_ms.get("total")
    if total is None:
        return ""
    return f"{total / 1000:.1f} s" if total >= 1000 else f"{max(1, round(total))} ms"
