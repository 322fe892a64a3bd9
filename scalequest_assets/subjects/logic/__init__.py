"""Logic: puzzles with one answer that follows from their clues; `subject` joins the modules of this folder.

Importing this package alone costs nothing: a profile is checked by what stands here.
"""

STYLES = ("first_puzzles", "puzzles")
"""Styles in which our families of puzzles come: two or three clues for very small models, and larger ones."""

LANGUAGES = ("en",)
"""Languages of its questions."""
