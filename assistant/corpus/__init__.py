"""The folder of texts: which files it holds, what they say, what was left out and why."""
