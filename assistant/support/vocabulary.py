"""What words have to do with each other: forms, synonyms, opposites."""

from __future__ import annotations

import re
from functools import cache

from ..lexicon import VERBS
from .countries import country

SHARED_LETTERS = 5  # at the start of two words of one family: publish, publication
LONGEST_ENDING = 5

# The form that stands in a dictionary, then those that no rule makes.
FORMS = """
be is are was were been being am|have has had|do does did done|go goes went gone|say said|tell told|see saw seen
buy bought|sell sold|win won|lose lost|lend lent|give gave given|take took taken|make made|come came|get got gotten
begin began begun|rise rose risen|fall fell fallen|grow grew grown|keep kept|leave left|lead led|hold held|find found
fight fought|bring brought|build built|send sent|spend spent|pay paid|meet met|hide hid hidden|strike struck stricken
shoot shot|stand stood|sink sank sunk|steal stole stolen|write wrote written|speak spoke spoken|choose chose chosen
drive drove driven|fly flew flown|feed fed|freeze froze frozen|forbid forbade forbidden|forget forgot forgotten|run ran
rebuild rebuilt|overtake overtook overtaken|withdraw withdrew withdrawn|draw drew drawn|become became|break broke broken
bear bore born borne|bind bound|catch caught|eat ate eaten|feel felt|hear heard|know knew known|think thought|lay laid
lie lay lain|light lit|mean meant|overthrow overthrew overthrown|prove proven|ride rode ridden|seek sought|shake shook
show shown|sing sang sung|sit sat|sleep slept|swear swore sworn|swim swam swum|teach taught|tear tore torn|wear wore
throw threw thrown|undergo underwent undergone|understand understood|uphold upheld|wake woke woken|undertake undertook
man men|woman women|child children|person people|foot feet|tooth teeth|half halves|thief thieves|wolf wolves|life lives
good better best|bad worse worst|die dying dies died|sue sued suing|put|tie tying|mouse mice|crisis crises|medium media
"""

# A line is a group: what is said of one may be said with another. The first that names a word has it.
SYNONYMS = """
fall drop decline decrease sink dip lower reduce shrink slump plunge cut
rise increase climb grow gain jump soar surge raise
begin start launch commence resume restart
end finish conclude stop complete halt cease
say tell state announce declare add explain report note remark
buy acquire purchase
beat defeat overcome
kill die death dead fatal
hurt injure wound injury
ban forbid prohibit outlaw bar
allow permit let authorise authorize
refuse decline reject
accept agree approve back support endorse
oppose against object
resign quit step
dismiss fire sack oust
arrest detain
company firm business corporation
plan intend aim
get receive obtain
give hand
ship vessel boat
plane aircraft aeroplane airplane jet
shop store
big large huge
small little
show present display
criticise criticize condemn blame
help assist aid
choose elect pick select
need require
build construct
destroy demolish ruin
child kid boy girl
photo photograph picture image
car vehicle
doctor physician
job work employment
unemployment jobless
money fund
forecast predict expect
delay postpone
cancel scrap abandon
flee escape
reveal disclose
warn warning
name call
happen occur
sign
autumn fall
lorry truck
film movie
bill law act
publish release
cause
sue lawsuit
deny
overturn quash annul
uphold
return
lack
"""

# What is on one side of the line contradicts what is on the other, of the same thing.
OPPOSITES = """
rise|fall
ban|allow
accept|refuse
accept|oppose
win|lose
open|close shut
begin|end
before|after
more|less fewer
most|few least
first|last
early|late
earlier|later
inside|outside
north|south
east|west
northern|southern
eastern|western
fast|slow
strong|weak
strengthen|weaken
hot|cold
warm|cool
old|new
oldest|youngest newest
highest|lowest
largest|smallest
biggest|smallest
best|worst
better|worse
longest|shortest
safe|dangerous unsafe
guilty|innocent
convict|acquit
legal|illegal
possible|impossible
likely|unlikely
deny|admit confess
overturn|uphold
remember|forget
success|failure
succeed|fail
arrive|depart leave
enter|exit leave
import|export
expand|contract shrink
hire|dismiss
praise|criticise
male|female
man|woman
father|mother
son|daughter
brother|sister
husband|wife
above|below
over|under
majority|minority
public|private
rural|urban
domestic|foreign
local|foreign
liberal|conservative
friend|enemy
ally|enemy
ahead|behind
present|absent
active|extinct inactive
alive|dead
survive|kill
keep|abandon
join|leave
include|exclude
love|hate
like|dislike
agree|disagree
approve|disapprove
never|always sometimes often
nobody|everybody everyone
dry|wet
rich|poor
cheap|expensive
advance|retreat
attack|defend
appear|disappear
temporary|permanent
direct|indirect
positive|negative
full|empty
visible|invisible
known|unknown
peaceful|violent
war|peace
day|night
morning|evening
summer|winter
minimum|maximum
unchanged|change
all|none
wide|narrow
thick|thin
heavy|light
deep|shallow
"""


@cache
def _forms() -> dict[str, str]:
    groups = re.split(r"[|\n]", FORMS.strip())
    return {form: group.split()[0] for group in groups for form in group.split()[1:]}


@cache
def _groups() -> dict[str, str]:
    found: dict[str, str] = {}
    for line in SYNONYMS.strip().splitlines():
        for word in line.split():
            found.setdefault(base(word), line.split()[0])
    return found


@cache
def _opposites() -> frozenset[tuple[str, str]]:
    pairs = set()
    for line in OPPOSITES.strip().splitlines():
        left, right = ([concept(word) for word in side.split()] for side in line.split("|"))
        pairs |= {pair for one in left for other in right for pair in ((one, other), (other, one))}
    return frozenset(pairs)


@cache
def base(word: str) -> str:
    """A word's form in a dictionary, as far as rules and a list go; for comparing, not for reading."""
    if word in _forms():
        return _forms()[word]
    if len(word) < 4 or not word.isascii():
        return word
    for ending, other in (
        ("ies", "y"),
        ("ied", "y"),
        ("sses", "ss"),
        ("shes", "sh"),
        ("ches", "ch"),
        ("xes", "x"),
    ):
        if word.endswith(ending) and len(word) > len(ending) + 1:
            return word.removesuffix(ending) + other
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    for ending in ("ed", "ing"):
        root = word.removesuffix(ending)
        if root != word and len(root) > 2 and re.search("[aeiouy]", root):
            return _without_ending(root)
    return word


def _without_ending(root: str) -> str:
    if root + "e" in VERBS or root in VERBS:
        return root if root in VERBS else root + "e"
    if root[-1] == root[-2] and root[-1] not in "sl":
        return root[:-1]
    if re.search(r"(?:[^aeiou][aeiou][cgsuvz]|at|iz|is|[^aeiou]l|ag|rc|nc|ng|ur|os|rs)$", root):
        return root + "e"
    return root


def is_irregular(word: str) -> bool:
    """Whether a word is a form of a verb or noun that no rule makes."""
    return word in _forms()


@cache
def concept(word: str) -> str:
    """What a word in lower case stands for: its country, its group of synonyms, else its base."""
    if name := country(word):
        return name
    form = base(word)
    return _groups().get(form, form)


@cache
def same(one: str, other: str) -> bool:
    """Whether two concepts are one, or words of a family: publish and publication."""
    if one == other:
        return True
    shared = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        shared += 1
    shorter, longer = sorted((len(one), len(other)))
    return shared >= SHARED_LETTERS and longer - shared <= LONGEST_ENDING and shared >= shorter - 2


def opposite(one: str, other: str) -> bool:
    """Whether one concept contradicts another."""
    return (one, other) in _opposites()
