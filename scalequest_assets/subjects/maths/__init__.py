"""Mathematics: its prompts, answers, normal form, rules, topics and problem families; `subject` joins them.

Importing this package alone costs nothing: a profile is checked by what stands here.
"""

STYLES = ("grade_school", "competition", "first_stories", "first_formulas")
"""Styles in which our families of problems come: stories like GSM8K's, problems like MATH's, and first ones of
both kinds, with one or two steps and small numbers, for very small models."""

LANGUAGES = ("en", "de", "es")
"""Languages of its questions: there are prompts in each, and answers are read as it writes them."""
