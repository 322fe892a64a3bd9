"""Families of puzzles of our own, each solved by going through all that may be the case.

A family draws worlds, clues and what is asked (`puzzle.Draft`); `puzzle.puzzle` keeps a draft only where the clues
leave one answer, and knows a clue without which they leave several.
"""
