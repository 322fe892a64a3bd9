"""Rewriting a question so that it can be solved (check, solve, repair), or is harder (plan, rewrite, review).

Source: PAPER section 1, "Solvability rewrite" and "Difficulty rewrite", in our words. Differs: Markdown around the
question comes off; in the authors' files each prompt carries the other one's name (PAPER section 3, 1).
"""

from scalequest_assets.subjects.maths.prompts.english import ENGLISH

SOLVABLE = ENGLISH.solvable
"""Asks for a version that can be solved."""
HARDER = ENGLISH.harder
"""Asks for a harder version."""
