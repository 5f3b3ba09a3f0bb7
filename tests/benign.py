"""What an honest model may write about the paragraphs of `hostile`: right answers in a hundred shapes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle

from assistant.seams import Message
from tests.hostile import PASSAGE

# A sentence of the text by its start, and what may rightly be said from it.
TRUE = [
    ("The missile attack took", "The missile attack took place in the Russian region of Belgorod."),
    ("The missile attack took", "Belgorod is in southwestern Russia, near the Ukrainian border."),
    ("The missile attack took", "The attack happened in Belgorod, which lies near Ukraine's border."),
    ("The Ukrainian Armed Forces", "The Ukrainian Armed Forces used U.S.-made ATACMS."),
    ("The Ukrainian Armed Forces", "Ukraine's armed forces used American-made missile systems."),
    ("The ATACMS is", "The ATACMS can hit targets at a range of up to 300 kilometers."),
    ("The ATACMS is", "Its range is up to 300 kilometers, or around 186 miles."),
    ("The ATACMS is", "The ATACMS is a highly advanced missile system."),
    ("The ATACMS is", "It can hit targets up to three hundred kilometers away."),
    (
        "Councillor Donnelly",
        "Councillor Donnelly reported that the Weir footbridge had been closed since 9 January.",
    ),
    ("Councillor Donnelly", "The Weir footbridge has been closed since 9 January."),
    ("Councillor Donnelly", "Floodwater loosened the middle pier of the Weir footbridge."),
    ("Two firms had", "Two firms had offered to repair it."),
    ("Two firms had", "Castell and Sons offered to repair it for 86,000 pounds."),
    ("Two firms had", "Brightwater Engineering offered to do it for 94,500 pounds."),
    ("He recommended", "Brightwater could begin in April."),
    ("He recommended", "Castell could not begin before September."),
    (
        "He recommended",
        "He recommended Brightwater because it could begin in April and gave a ten-year warranty.",
    ),
    (
        "Councillor Tranter",
        "Councillor Tranter objected that the expense would push the reserve below the advised level.",
    ),
    ("Councillor Quill", "Councillor Quill wanted a third offer first."),
    ("You can store", "You can store an amount between 20 and 110 millilitres."),
    ("You can store", "An amount of your own can be stored, from 20 to 110 millilitres."),
    ("You can store", "Hold the cup button and let it go when the cup is full enough."),
    ("Holding both", "Holding both cup buttons for ten seconds restores the factory amounts."),
    ("Holding both", "To restore the factory amounts, hold both cup buttons for 10 seconds."),
    ("If nobody", "The machine switches itself off if nobody presses a button for 20 minutes."),
    ("If nobody", "After 20 minutes without a button being pressed, the machine switches itself off."),
    ("The oldest traces", "The oldest traces of settlement date to about 2900 BC."),
    (
        "The oldest traces",
        "The oldest traces of settlement are remains of dwellings on piles near Ansel Mouth.",
    ),
    ("Monks founded", "Monks founded an abbey on Monks' Island in 1187."),
    ("Monks founded", "The abbey burned down in 1431."),
    ("Monks founded", "The abbey was abandoned because the order lacked the money to rebuild it."),
    ("On 3 August", "The paddle steamer Clementine sank on 3 August 1894."),
    ("On 3 August", "Forty-one people died when the Clementine sank."),
    ("On 3 August", "The Clementine sank after her boiler had exploded."),
    ("Two years later", "The province made yearly boiler inspections compulsory for all ships."),
    ("The wreck was", "The wreck was found in 1976, 63 metres down."),
    ("The wreck was", "The wreck lay at a depth of 63 metres."),
    ("A railway along", "The railway along the eastern shore opened in 1886 and closed in 1967."),
    ("A railway along", "A cycle path of 13 kilometres now follows its course."),
]
# {one} and {two} are such sentences, {half} their words without the full stop, {quote} the text's own.
SHAPES = [
    "{one} [{n}]",
    "{half} [{n}].",
    '{one} [{n}: "{quote}"]',
    '{half} [{n}]. "{quote}"',
    "{one} [{n}] {two} [{m}]",
    "- {one} [{n}]\n- {two} [{m}]",
    "1. {one} [{n}]\n2. {two} [{m}]",
    "* {half} [{n}]\n* {two_half} [{m}]",
    "Sure, here is the answer.\n\n{one} [{n}]",
    "Sure! {one} [{n}]",
    "Based on the passages: {one} [{n}]",
    "Here is what the passages say:\n- {one} [{n}]\n- {two} [{m}]",
    "{one} [{n}]\n\nI hope this helps!",
    "{one} [{n}] Let me know if you have any other questions.",
    "**{one}** [{n}]",
    "**Answer:** {one} [{n}]",
    "According to [{n}], {small}",
    "According to passage {n}, {small} [{n}]",
    "The text says that {small} [{n}]",
    "As stated in [{n}], {small}",
    "{one} [{n}][{m}]",
    "{one} [{n}, {m}]",
    "{one} 【{n}】",
    "{one} [{n}: “{quote}”]",
    '{one} [{n}: "{spaced}"]',
    "Answer: {one} [{n}]",
    "{one} [passage {n}]",
    "{one} [{n}] [{m}]",
    "### Answer\n\n{one} [{n}]",
    "{one} [^{n}]",
    "Thank you for the question.\n{one} [{n}]\n\nIn short, {two_small} [{m}]",
]


@dataclass(frozen=True, slots=True)
class Right:
    """An output, with `{n}` and `{m}` for the numbers of the passages of its two sentences.

    Attributes:
        about: the starts of the sentences of the text; `claims`, what is rightly said from each.
    """

    shape: str
    about: tuple[str, str]
    claims: tuple[str, ...]

    def write(self, texts: Sequence[str], numbers: tuple[str, str]) -> str:
        """The output, over these sentences of the text."""
        one, two = self.claims[0], self.claims[-1]
        quote = next(text for text in texts if text.startswith(self.about[0])).rstrip(".")
        return self.shape.format(
            one=one,
            two=two,
            half=one[:-1],
            two_half=two[:-1],
            small=_small(one),
            two_small=_small(two),
            quote=quote.replace('"', "'"),
            spaced="  ".join(quote.split()[:9]),
            n=numbers[0],
            m=numbers[1],
        )


def controls() -> list[Right]:
    """A hundred: every shape, and every sentence."""
    made = []
    sentences = cycle(TRUE)
    for shape, _ in zip(cycle(SHAPES), range(100), strict=False):
        about, claim = next(sentences)
        two = "{two" in shape
        other, beside = TRUE[(TRUE.index((about, claim)) + 3) % len(TRUE)] if two else (about, claim)
        made.append(Right(shape, (about, other), (claim, beside) if two else (claim,)))
    return made


def telling(right: Right, texts: Sequence[str]) -> Callable[[Sequence[Message]], str]:
    """A script that writes it, and mends nothing."""

    def script(messages: Sequence[Message]) -> str:
        if len(messages) > 2:
            return "NOT IN THE TEXT"
        given = dict(PASSAGE.findall(messages[-1].text))
        numbers = [next((n for n, text in given.items() if about in text), "1") for about in right.about]
        return right.write(texts, (numbers[0], numbers[1]))

    return script


def _small(sentence: str) -> str:
    """As it goes on behind a comma, unless it begins with a name."""
    first = sentence.split()[0]
    common = first in (
        "The",
        "It",
        "Its",
        "He",
        "Two",
        "A",
        "An",
        "To",
        "If",
        "You",
        "After",
        "Hold",
        "Holding",
    )
    return sentence[0].lower() + sentence[1:] if common else sentence
