"""Mathematics: its prompts, answers, normal form, rules, topics and problem families; `subject` joins them.

Importing this package alone costs nothing: a profile is checked by what stands here.
"""

STYLES = ("grade_school", "competition")
"""Styles in which our families of problems come: stories like GSM8K's, problems like MATH's."""
