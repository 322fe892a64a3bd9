"""How programming questions read: what asks, what is code and not prose, and what cannot be answered by a function."""

from typing import Final

import polars as pl

NO_FUNCTION, LEAKED_ANSWER, OTHER_LANGUAGE = "no_function", "leaked_answer", "other_language"
MORE_THAN_ARGUMENTS, MISSING_CODE = "more_than_arguments", "missing_code"

_ASKS: Final = (
    r"(?i)\b(?:add|build|check|code|complete|compute|convert|count|create|define|design|determine|develop|find|generate"
    r"|give|implement|make|modify|produce|program|provide|return|returns|sort|solve|write)\b"
)
_CALL: Final = r"[A-Za-z_]\w*\("
_BODY: Final = r"(?m)^[ \t]*def \w+\([^\n]*:[ \t]*\n\s+(?:return|for|while|if|try|with|result|[a-z_]+\s?=)\b?"
_LANGUAGES: Final = (
    r"(?i)\b(?:java|javascript|typescript|node\.js|golang|rust|php|ruby|perl|sql|mysql|bash|shell script"
    r"|matlab|kotlin|swift|scala|haskell|assembly|vba)\b|\bC\+\+|\bC#|\bR (?:function|script|code)\b"
    r"|(?:\b(?:function|method|solution|written|write|implement(?:ed|ation)?|coded?|coding|programming|language|it|this)"
    r"|\)`?) in (?:C|HTML|CSS)\b|\b(?:program|code|script|algorithm)\b[^.`\n]{0,60} in C\b"
    r"|\b(?:html|css)(?: and css)? (?:pages?|code|forms?|templates?|websites?|stylesheets?|layouts?|snippets?)\b"
    r"|\b(?:using|with|write|in plain) (?:html|css)\b"
)
_SHOWN: Final = (
    r"\w\([^)\n]*\)|(?:^|[\s(\[{,:=])'[^'\n]{0,40}'|\"[^\"\n]{0,40}\"|(?i)\b(?:temperatures?|degrees?|values?) in C\b"
)
"""Values, and C as a unit: no language that is asked for."""
_WORLD: Final = (
    r"(?i)\b(?:user(?:'s)? input|standard input|stdin|command[- ]line|input\(\))"
    r"|\b(?:from|via|through) (?:the |a )?keyboard\b|\bkeyboard (?:input|entry|entries|events?)\b"
    r"|\b(?:wait|listen)\w*\b[^.]{0,30}\bkeyboard\b"
    r"|\b(?:read|open|load|save|parse)s?\b[^.]{0,40}\b(?:file|files|disk|database|directory)\b"
    r"|\bwrites?\b[^.]{0,40}\b(?:to|into) (?:(?:an?|the) (?:\w+ ){0,2})?(?:file|files|disk|database|directory)\b"
    r"|\blines (?:in|of|from) (?:an?|the) (?:\w+ )?file\b|\b(?:create|delete)s? an? (?:\w+ )?file\b"
    r"|\b(?:download|scrape|fetch|request)\w*\b[^.]{0,40}\b(?:url|website|web page|api|internet)\b"
    r"|\b(?:generate|create|draw|pick|choose|select|return|produce|shuffle)\w*\b[^.]{0,40}\brandom(?:ly)?\b"
    r"|\b(?:gives?|assigns?|simulates?|uses?|using)\b[^.]{0,40}\brandom(?:ly)?\b"
    r"|\brandomly (?:generate|pick|choose|select|shuffle|order|arrange)\w*|\brandom module\b"
    r"|\b(?:current|today's) (?:date|time|day)\b|\b(?:tkinter|pygame|matplotlib|flask|django)\b"
)
_INSIDE: Final = (
    r"(?i)\bfile(?:'s)?\s(?:extension|name)s?\b"
    r"|\b(?:probability|chances?|odds|likelihood) (?:that|of (?:choosing|drawing|getting|picking|selecting))"
    r"(?: [\w-]+){0,4}? random(?:ly)?\b"
)
"""What reads like the world outside and is not: names of files are texts, and a chance may be computed."""
_ELSEWHERE: Final = (
    r"(?i)\b(?:code|snippet|program|script)\s(?:above|below)\b"
    r"|\b(?:above|following|given|previous|existing)\s(?:code|snippet|program|script)\b"
)
_HAS_CODE: Final = r"```|(?m)^\s*def \w|^ {4}\S"
_CODE: Final = r"(?s)```.*?(?:```|\z)|`[^`\n]*`|\b\w+\([^)\n]*\)|\b\w+_\w+\b|\b\w+\.\w+\b|'[^'\n]{0,40}'"


class CodeWording:
    """How programming questions read."""

    asks = _ASKS
    rules: Final = {
        LEAKED_ANSWER: pl.col("query").str.contains(_BODY),
        NO_FUNCTION: ~pl.col("query").str.contains(_CALL),
        OTHER_LANGUAGE: pl.col("query").str.replace_all(_SHOWN, ")").str.contains(_LANGUAGES),
        MORE_THAN_ARGUMENTS: pl.col("query").str.replace_all(_INSIDE, "").str.contains(_WORLD),
        MISSING_CODE: pl.col("query").str.contains(_ELSEWHERE) & ~pl.col("query").str.contains(_HAS_CODE),
    }
    meanings: Final = {
        LEAKED_ANSWER: "it says its answer",
        NO_FUNCTION: "it names no function with its parameters",
        OTHER_LANGUAGE: "it asks for another language than Python",
        MORE_THAN_ARGUMENTS: "the result depends on more than arguments: input, files, the network, chance, the time",
        MISSING_CODE: "it speaks of code that is not there",
    }

    def prose(self, text: pl.Expr) -> pl.Expr:
        """Return a text without code, calls and names."""
        return text.str.replace_all(_CODE, " ")
