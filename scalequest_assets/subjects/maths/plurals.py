"""Nouns in the singular."""


def singular(word: str) -> str:
    """Return a noun without the ending of its plural, the same for both: `boxes` and `box` are `box`."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("ches", "shes", "sses", "xes", "zes")):
        return word[:-2]
    return word[:-1] if len(word) > 2 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word
