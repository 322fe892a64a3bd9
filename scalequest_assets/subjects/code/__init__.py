"""Code: functions in Python, what they do as their answer, tests by running them in a sandbox; `subject` joins them.

Importing this package alone costs nothing: a profile is checked by what stands here.
"""

STYLES = ("first_functions", "functions")
"""Styles in which our families of tasks come: functions of one expression for very small models, and functions with
loops, conditions and dictionaries."""

LANGUAGES = ("en",)
"""Languages of its questions."""
