"""English words by what they do in a question."""

from __future__ import annotations

DETERMINERS = frozenset(
    """
    the a an his her its their our your my this that these those some any no each every
    """.split()
)

PREPOSITIONS = frozenset(
    """
    of in on at to for from by with without about into over under between against during before
    after since until through across around near behind within among toward towards versus vs like
    than as besides
    """.split()
)

# Neither name anything nor describe it.
OTHERS = frozenset(
    """
    ago almost along already always another anything anyone away back besides different early else
    even ever everything exactly far finally first former generally instead kind kinds largest last
    late later less long main many maybe mostly much never new next often one ones original
    originally other others perhaps please possible probably quite rather really related second
    several similar sort sorts still sure type types usually well whatever whose worth yes yet lot
    lots bit ok okay thanks thank bad good better best worse worst important difficult unique easy easier
    hard harder harmful dangerous expensive cheap safe true false famous old common available
    healthy necessary i someone
    something anybody somebody nobody nothing younger older bigger larger smaller
    hi hey hello hmm wow oh ah nice cool great interesting yeah yep nope sorry fyi btw welcome fine
    that's it's he's she's there's here's what's who's how's where's they're we're you're i'm i've
    """.split()
)

VERBS = frozenset(
    """
    accuse achieve act add affect agree aim allow announce answer appear approve arrive ask attack
    avoid back ban beat become begin believe belong bring build buy call carry catch cause change
    choose claim clean close come compare concern condemn consider consist contain cook continue
    contribute control cost count cover create cross damage deal decide declare defend deliver
    depend describe destroy detect determine develop die differ discover discuss do draw drink drive
    drop earn eat effect enable end enjoy escalate evolve exist expect explain express face fail
    fall feel fight find finish fit fix fly follow forbid force form found fund gain get give go
    grow handle happen hate have hear help hesitate hit hold hope hurt impact imply improve include
    increase influence inform intend introduce invent involve issue join keep kill know last launch
    lay lead learn leave let lie like listen live look lose love make manage matter mean measure miss
    meet move name need offer open operate order own pay pick plan play prefer prepare prevent
    produce promise propose protect prove provide provoke publish put raise reach react read receive
    recommend reduce refer refuse relate release rely remain remove replace reply report represent
    require respond result return rise run save say see seem sell send serve set shift shoot show
    shut sign sit sleep sound speak spend spread stand start state stay stop store strike study
    succeed suffer suggest supply support survive take talk target teach tell think threaten trade
    train transform travel treat trigger try turn understand use vary visit vote wait walk want warn
    wash weigh watch wear win wish work worry write bake boil
    celebrate smoke roast paint sing dance plant bite escape repair mend finance vote object
    """.split()
)

# Forms of verbs that no rule makes.
IRREGULAR = frozenset(
    """
    ate bought brought built came caught chose chosen did done drew drawn drove driven fell fallen
    felt fought found flew flown forbade forbidden gave given went gone grew grown had heard held
    hid hit kept knew known laid led left lay lain lost made meant met paid put ran read rose risen
    said saw seen sold sent shot shown shut sat slept spoke spoken spent stood struck taken took
    taught told thought threw thrown understood wore won wrote written began begun became beat
    """.split()
)

PLURALS = frozenset(
    """
    people children men women police teeth feet data media troops forces authorities
    """.split()
)

# What something has: "What are the symptoms?" asks for those of something.
RELATIONAL = frozenset(
    """
    advantage advantages disadvantage disadvantages benefit benefits symptom symptoms cause causes
    effect effects consequence consequences type types kind kinds price cost costs range size weight
    height length speed age author theme themes character characters feature features finding
    findings origin origins history purpose goal goals result results role reason reasons risk risks
    danger dangers part parts member members component components element elements treatment
    treatments function functions definition meaning name capital population president leader
    founder owner alternative alternatives example examples requirement requirements rule rules step
    steps stage stages limit limits problem problems similarities difference differences impact impacts
    implications objectives contribution contributions importance invention evidence development
    layers uses ways projects sources factors applications options variations methods models classes
    versions techniques influences sign signs properties principles
    creation adaptations significance criticism argument adoption reception growth success pros cons
    """.split()
)
