"""Scores: pure functions from answers, places and confidences to numbers, each with its source."""
