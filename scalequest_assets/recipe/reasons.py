"""The one vocabulary of drop reasons: every `drop_reason` that the recipe writes, with what it means.

A subject adds those of its own text rules (`parts.Wording.rules`).
"""

MEANINGS: dict[str, str] = {}
"""Every reason and what it says of a question, a rewrite or a response."""


def _reason(name: str, meaning: str) -> str:
    MEANINGS[name] = meaning
    return name


ENGINE_ERROR = _reason("engine_error", "the engine could not do the row")
EMPTY = _reason("empty", "there is no text")
TRUNCATED = _reason("truncated", "it was cut at `max_tokens`")

TOO_SHORT = _reason("too_short", "it has fewer than `screening.min_tokens` tokens")
TOO_LONG = _reason("too_long", "it has too many tokens, or is a rewrite much longer than its question")
NOT_A_QUESTION = _reason("not_a_question", "it asks for nothing, or opens as a chat does")
REPETITION = _reason("repetition", "it repeats itself")
LANGUAGE = _reason("language", "it is in another language")
CONTAMINATION = _reason("contamination", "its text is a benchmark question's")
KNOWN_QUESTION = _reason("known_question", "it repeats a question of an earlier set (`known_questions`)")

UNSOLVABLE = _reason("unsolvable", "the judge says that it cannot be solved")
NO_VERDICT = _reason("no_verdict", "the judge gives no verdict")
CONTRADICTORY_VERDICT = _reason("contradictory_verdict", "the judge says both")

TOO_EASY = _reason("too_easy", "it is among the easiest of its shard, or below the cutoff")
OFF_TARGET = _reason("off_target", "it was not drawn towards the target difficulty")
NO_SCORE = _reason("no_score", "it has no predicted difficulty")

EXACT_DUPLICATE = _reason("exact_duplicate", "another question is the same text")
NEAR_DUPLICATE = _reason("near_duplicate", "another question says the same")
NUMERIC_VARIANT = _reason("numeric_variant", "enough questions are the same but for numbers, operators or one word")

NO_REWRITE = _reason("no_rewrite", "no rewritten question was found")
UNCHANGED = _reason("unchanged", "the rewrite, or the question preferred to it, asks what the question asks")
ANSWER_LEAK = _reason("answer_leak", "the rewrite says its answer")
JUDGED = _reason("judged", "the rewrite has a verdict on itself")
NO_GAIN = _reason("no_gain", "the judge does not find the rewrite better")
PREFERRED = _reason("preferred", "it is the better question of another one's pair (`question_tuning.pairs`)")
UNPAIRED = _reason("unpaired", "no question is left to make a pair with")

NO_ANSWER = _reason("no_answer", "the response has no answer")
ARITHMETIC_ERROR = _reason(
    "arithmetic_error",
    "the response states a false equality, or what a program prints that nobody ran, or its answer is a negative "
    "number of things, or its program contradicts an example of its question",
)
LOW_AGREEMENT = _reason("low_agreement", "no usable response agrees enough with the others")

OFF_PASS_RATE = _reason("off_pass_rate", "too many or too few samples have its answer (`answers.pass_rate`)")
OFF_GAP = _reason("off_gap", "the weak solver is right too often or too rarely beside the responder (`answers.gap`)")
