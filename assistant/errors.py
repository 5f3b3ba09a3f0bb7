"""Every error of our own.

    AssistantError
    ├── CorpusError        a folder or file of texts cannot be read: mend the corpus
    ├── IndexProblem       the index cannot be used as it is
    │   ├── IndexMissing   nothing was built yet: build it
    │   ├── IndexOutdated  the texts, a model or a parameter changed: build it again
    │   ├── IndexDamaged   what lies on disk is not what was built: build it again
    │   ├── IndexTooNew    a newer version of this program wrote it: update the program
    │   └── IndexLocked    another process is writing it: wait for that one
    ├── ModelProblem       a shipped model is missing or damaged: restore it
    ├── LanguageModelProblem  a language model does not answer, or not to the end: look at its server
    ├── SettingError       an option or a variable has a value that cannot work: change it
    ├── SuiteProblem       cases of an eval suite are wrong, or its baseline is missing: mend the named lines
    └── InvalidReply       the JSON form of a reply does not hold together: it was changed on its way

A message says what happened, the value, and the command that mends it. The command line prints it
without a traceback; anything that is not an `AssistantError` is a bug of ours and shows its trace.
"""


class AssistantError(Exception):
    """What is wrong with a corpus, an index, a model or a setting, and what mends it."""


class CorpusError(AssistantError):
    """A folder or file of texts cannot be read."""


class IndexProblem(AssistantError):
    """The index cannot be used as it is."""


class IndexMissing(IndexProblem):
    """Nothing was built yet."""


class IndexOutdated(IndexProblem):
    """The texts, a model or a parameter changed since the index was built."""


class IndexDamaged(IndexProblem):
    """What lies on disk is not what was built."""


class IndexTooNew(IndexProblem):
    """A newer version of this program wrote the index."""


class IndexLocked(IndexProblem):
    """Another process is writing the index."""


class ModelProblem(AssistantError):
    """A shipped model is missing or damaged."""


class LanguageModelProblem(AssistantError):
    """A language model cannot be reached, refuses, is late, or was cut short."""


class SettingError(AssistantError):
    """An option or a variable has a value that cannot work."""


class SuiteProblem(AssistantError):
    """A suite of cases, or its baseline, cannot be used as it is."""


class InvalidReply(AssistantError, ValueError):
    """The JSON form of a reply does not hold together."""
