"""The command line: `assistant ask | chat | ui | verify | index | eval | case | calibrate | doctor`.

Results go to standard output, progress and errors to standard error. What is heavy is imported by
the command that needs it: `--help` loads none of it.
"""

from .door import main

__all__ = ["main"]
