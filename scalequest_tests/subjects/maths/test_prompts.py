"""Prompts and parsers: what the model was asked, and what is read from hostile answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalequest_assets.recipe import judgements
from scalequest_assets.recipe.prompting import STYLES
from scalequest_assets.subjects.maths.prompts import judge, solve
from scalequest_assets.subjects.maths.prompts.rewrite import HARDER, SOLVABLE

STEPS = (solve, judge, SOLVABLE, HARDER)
PARSERS = (solve, judgements, SOLVABLE, HARDER)
REWRITES = (SOLVABLE, HARDER)
HOSTILE = (
    "",
    " \n\t ",
    "{query} {0} %s \\",
    "FINAL QUESTION:" * 7000,
    "#Finally Rewritten Problem#: " * 3500,
    "Verdict: " * 12000,
    "yes or no / " * 9000,
    "\\boxed{" * 15000,
    "*" * 100_000,
    "#" * 100_000,
    "\n" * 100_000,
    '"' * 100_000,
    "```\n" * 25_000,
    "the answer is " * 7000,
    "\ud800 \x00 \u202e",
)
# Letters, digits and spaces: a question that carries no marker and no Markdown of its own.
texts = st.text("abcdefghij KLM0123456789,.?$", min_size=1).map(str.strip)
questions = texts.filter(lambda q: q and q[0].isalnum() and not q.startswith("1. "))  # `1. ` is a list of one item


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("query", ["What is 2 + 2?", "{x} {0} %s", "Verdict: Yes. FINAL QUESTION: no", "a\nb"])
def test_a_prompt_holds_the_question_as_it_is(step, style, query):
    assert query in step.prompt(query, style)


@pytest.mark.parametrize("step", STEPS)
def test_compact_prompts_are_short(step):
    assert len(step.prompt("", "compact")) <= 25
    assert len(step.prompt("", "full")) > len(step.prompt("", "compact"))


@pytest.mark.parametrize(("step", "marker"), [(judge, judgements.MARKER), *((step, step.marker) for step in REWRITES)])
def test_full_prompts_name_the_marker(step, marker):
    assert marker.strip(":") in step.prompt("q", "full")


@pytest.mark.parametrize("step", PARSERS)
@pytest.mark.parametrize("text", [*HOSTILE, None], ids=lambda text: repr(text)[:20])
def test_hostile_text_is_read_without_error(step, text):
    step.parse(text)


@given(st.text())
def test_parsers_never_raise(text):
    for step in PARSERS:
        step.parse(text)
        step.parse(f"x {getattr(step, 'marker', 'The answer is')} {text}")


@pytest.mark.parametrize("step", REWRITES)
@given(query=questions)
def test_rewrite_target_round_trip(step, query):
    assert step.parse(step.target(query)) == query


DRESS = [
    "FINAL QUESTION:", "#Finally Rewritten Problem#:", "final question", "**Final Question**", "###", "**", "__", "*",
    "```", "```\n", "\n```", "> ", '"', "“", "”", "`", "\n", "\n\n", " ", "1. ", "2. ", "- ", "}", "---", ":", "\\[",
    "Solution: ", "Who is it? ", "Tom has 3 apples", "$x^2 = 4$", "I hope this helps", "Let me know", "Note: ", "한",
]  # fmt: skip


@pytest.mark.parametrize("step", REWRITES)
@given(text=st.lists(st.sampled_from(DRESS), max_size=12).map("".join) | st.text(max_size=40))
def test_a_rewrite_is_read_the_same_again_and_has_no_marker(step, text):
    for written in (text, f"{step.marker} {text}", f"Sure!\n\n**{step.marker}**\n{text}\n\nI hope this helps!"):
        question = step.parse(written)
        if question is not None:
            assert question == question.strip() != ""
            assert not step.pattern.search(question)
            assert step.parse(step.target(question)) == question


@pytest.mark.parametrize("step", REWRITES)
@pytest.mark.parametrize("words", [str.upper, str.lower, str.title])
@given(query=questions, dress=st.sampled_from(["{}", "**{}**", "### {}", "_{}_", "`{}`", "> {}", "2. {}"]))
def test_markers_are_found_in_any_dress(step, words, query, dress):
    assert step.parse(f"Here it is.\n{dress.format(words(step.marker))}\n{query}") == query


@pytest.mark.parametrize("point", ["teacher", "solution", "repair", "exactly one numeric answer", "common sense",
                                   "complete in itself", "neither its solution nor its answer"])  # fmt: skip
def test_the_solvability_prompt_says_what_the_papers_does(point):
    assert point in " ".join(SOLVABLE.prompt("q", "full").split())


@pytest.mark.parametrize("point", ["Methods List", "ways to make this problem harder", "Plan", "10 to 20 words",
                                   "Review", "Finally Rewritten Problem"])  # fmt: skip
def test_the_difficulty_prompt_says_what_the_papers_does(point):
    assert point in HARDER.prompt("q", "full")


@given(verdict=st.booleans(), reason=questions)
def test_judge_target_round_trip(verdict, reason):
    assert judgements.parse(judgements.target(verdict, reason)) == judgements.Judgement("yes" if verdict else "no")


@given(solution=questions, answer=questions)
def test_solve_target_round_trip(solution, answer):
    assert solve.parse(solve.target(solution, answer)) == answer


def test_solve_target_replaces_the_gsm8k_line_and_keeps_a_box():
    assert solve.target("48/2=24\n#### 24", "24") == "48/2=24\nThe answer is \\boxed{24}."
    assert solve.target("So \\boxed{24}.", "24") == "So \\boxed{24}."


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("Verdict: Yes", "yes"),
        ("**Verdict:** No.", "no"),
        ("Verdict:\n\n**No**", "no"),
        ("The price is not given. Verdict: No", "no"),
        ("Yes, 3 is prime. It is yes so far.\nVerdict: No", "no"),
        ("Verdict: Yes. No condition is missing.", "yes"),
        ("Verdict: $\\boxed{\\text{Yes}}$", "yes"),
        ("so \\boxed{No}", "no"),
        ("Reasoning.\nYes", "yes"),
        ("Reasoning.\n**Yes**", "yes"),
        ("Yes, it can be solved.", "yes"),
        ("Is it solvable? No", "no"),
        ("The final answer is: no.", "no"),
        ("5 pens cost $10, more than $9, so the answer is no: she cannot. All is given.\nVerdict: Yes", "yes"),
        ("It first suggests verdict: yes, but the price is missing.\nFinal verdict: No", "no"),
        ("The answer is no more than 10, and all is given.\n**Verdict:** Yes", "yes"),
        ("The answer is no more than 10. All is given. Yes", "yes"),
        ("<verdict>Yes</verdict>", "yes"),
        ('{"reason": "no price", "verdict": "no"}', "no"),
        ("<think>\nIf the price were missing: Verdict: No. It is given.\n</think>\n\nVerdict: Yes", "yes"),
        ("## Verdict\nYes", "yes"),
        ("Verdict: Yes<|im_end|>", "yes"),
        (
            'End with a line that is exactly "Verdict: Yes" if it can be solved, or "Verdict: No" if it cannot.\nYes.',
            "yes",
        ),
    ],
)
def test_judge_reads_the_verdict_at_the_end(text, verdict):
    assert judgements.parse(text) == judgements.Judgement(verdict)


@pytest.mark.parametrize(
    "text",
    ["Verdict: Yes and No", "Verdict: yes\nVerdict: no", "\\boxed{Yes} \\boxed{No}", "x\nYes, but in the end: no"],
)
def test_judge_contradictory(text):
    assert judgements.parse(text) == judgements.Judgement(None, "contradictory")


@pytest.mark.parametrize(
    "text",
    ["", None, "Verdict:", "Verdict: Yes or No", "Verdict: Yes/No", "There is no", "No price is given", "yesterday"],
)
def test_judge_missing(text):
    assert judgements.parse(text) == judgements.Judgement(None, "missing")


def test_lax_rule_takes_any_yes():
    assert judgements.lax_yes("Eyes. Verdict: No").verdict == "yes"
    assert judgements.lax_yes(None).verdict == "no"


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("FINAL QUESTION: Who?", "Who?"),
        ("Sure!\n\n**FINAL QUESTION:** What is **2**?", "What is **2**?"),
        ('**FINAL QUESTION**:\n\n> "Who?"\n\n**Solution:** 5', "Who?"),
        ("FINAL QUESTION:\n```text\nWho?\nNow\n```\nbye", "Who?\nNow"),
        ("**FINAL QUESTION: Who?**", "Who?"),
        ("### Final Question\nWho?\n\n---\nThis was hard", "Who?"),
        ("FINAL QUESTION: a\nFINAL QUESTION: b", "b"),
        ("FINAL QUESTION: a\nFINAL QUESTION:", "a"),
        ("FINAL QUESTION: a\n\nNote: I changed it.", "a"),
        ("FINAL QUESTION: a?\n\n(Note: I changed the price.)", "a?"),
        ("FINAL QUESTION: a?</s>", "a?"),
        ("FINAL QUESTION: a?\n\nI've replaced the price.", "a?"),
        ("FINAL QUESTION: a?\n\nThe main change is the price.", "a?"),
        ("FINAL QUESTION: a?\n\n**Changes made:**\n- the price", "a?"),
        ("<think>\nFINAL QUESTION: draft?\n</think>\nI could not do it.", None),
        ("<think>\nFINAL QUESTION: draft?\n</think>\nFINAL QUESTION: a?", "a?"),
        ("FINAL QUESTION: a b.\nNote: c holds.", "a b.\nNote: c holds."),
        ("FINAL QUESTION: *a b?*", "a b?"),
        ("FINAL QUESTION: a *b* c?", "a *b* c?"),
        ("FINAL QUESTION: a b? (I changed the price.)", "a b?"),
        ("FINAL QUESTION: a b?\n[Changed: price]", "a b?"),
        ("FINAL QUESTION: a b?\n\nStep 1: 10/2 = 5\nStep 2: 5*3 = 15", "a b?"),
        (
            "FINAL QUESTION: Step 1: double. Step 2: add 3. What comes out?",
            "Step 1: double. Step 2: add 3. What comes out?",
        ),
        ("FINAL QUESTION: a b? (Round to tenths.)", "a b? (Round to tenths.)"),
        ("FINAL QUESTION: a\nThis revised problem is better.", "a"),
        ('FINAL QUESTION: \'tis "x" and "y"', '\'tis "x" and "y"'),
        ("FINAL QUESTION:\n**Solution:** 5", None),
        ("1. FINAL QUESTION: Who?", "Who?"),
        ("3) **Final question:** Who?", "Who?"),
        ("FINAL QUESTION:\n1. Tom has 3 apples.\nHow many?", "Tom has 3 apples.\nHow many?"),
        ("FINAL QUESTION:\n1. Who?\n2. When?", "1. Who?\n2. When?"),
        ("FINAL QUESTION:\n- Who?", "Who?"),
        ("final question : Who?", "Who?"),
        ("__FINAL QUESTION__\n\nWho?", "Who?"),
        ("\\textbf{FINAL QUESTION:} Who?", "Who?"),
        ("## FINAL QUESTION:\n\n## Who?", "Who?"),
        ("FINAL QUESTION: Who?\n\nI hope this helps!", "Who?"),
        ("FINAL QUESTION: Who? I hope that this helps.", "Who?"),
        ("FINAL QUESTION: Who?\n\nLet me know if you need another.", "Who?"),
        ("FINAL QUESTION: **Who?** Please let me know!", "Who?"),
        ("FINAL QUESTION: Who?\nFeel free to ask.", "Who?"),
        ('FINAL QUESTION: Tom says "Let me know the price". Who?', 'Tom says "Let me know the price". Who?'),
        ("FINAL QUESTION: $x^2 = \\frac{1}{4}$, what is $|x|$?", "$x^2 = \\frac{1}{4}$, what is $|x|$?"),
        ("FINAL QUESTION:\n\\[ x > 2 \\]\nWho?", "\\[ x > 2 \\]\nWho?"),
        ("FINAL QUESTION: Who?\n\nI put it behind FINAL QUESTION: as you asked.", "Who?\n\nI put it behind"),
        ("FINAL QUESTION: a\nno, better:\n**FINAL QUESTION:** b\nFINAL QUESTION:\n**Answer:** 5", "b"),
        ("Which is the final question\nof the day?", None),
        ("The final question is hard", None),
        ("no marker", None),
        ("", None),
        (None, None),
    ],
)
def test_solvability_rewrite(text, question):
    assert SOLVABLE.parse(text) == question


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("#Finally Rewritten Problem#: Who?", "Who?"),
        ("**#Finally Rewritten Problem#:** Who?", "Who?"),
        ("### Finally Rewritten Problem:\nWho?", "Who?"),
        ("#Rewritten Problem#: A\n#Review#: ok\n#Finally Rewritten Problem#:\n“Who?”\n\n#Review#: fine", "Who?"),
        ("#Rewritten Problem#: only a draft", None),
    ],
)
def test_difficulty_rewrite(text, question):
    assert HARDER.parse(text) == question


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("Is 5 > 6? The answer is no. All is given.\n\n\\boxed{Yes}", "yes"),
        ("The answer is no, so there is an answer. Yes.", "yes"),
        ("Verdict: \u2705 Yes", "yes"),
        ("**Verdict: No** \u274c", "no"),
        ("Verdict \u2014 Yes", "yes"),
        ("Verdict - No", "no"),
        ("The final verdict would be No.", "no"),
        ("Verdict: Yes\n\nProblem:\nA shop sells pens.\nVerdict: No", "yes"),
        ("Verdict: Yes\n\nCan this be solved?\nA shop sells pens. Verdict: No", "yes"),
        ("Verdict: Yes\n<|im_start|>user\nNext.\nVerdict: No", "yes"),
    ],
)
def test_judge_answers_the_problem_or_runs_on(text, verdict):
    assert judgements.parse(text) == judgements.Judgement(verdict)


PENS = "A shop sells 3 pens for $2. How many pens can one buy for $10?"


@pytest.mark.parametrize(
    "remark",
    [
        "This problem is now solvable because all data is given.",
        "The problem now has one answer.",
        "In this version, the price is given.",
        "(The price was added.)",
        "Here, the price was added to make it solvable.",
        "(Answer: 15)",
        "Expected answer: 15",
        "Happy solving!",
        "Revised for clarity.",
        "Difficulty: medium",
    ],
)
def test_what_is_said_about_the_question_is_no_part_of_it(remark):
    assert SOLVABLE.parse(f"FINAL QUESTION: {PENS}\n\n{remark}") == PENS


@pytest.mark.parametrize(
    "task",
    [
        "Express your answer as a fraction.",
        "Assume that the problem has one solution.",
        "Two solutions are the same if they agree. What is the sum?",
        "Each pen is red.",
        "(Answer to the nearest cent.)",
        "This question has a second part: is $20 enough?",
    ],
)
def test_what_sets_a_task_behind_the_question_stays(task):
    assert SOLVABLE.parse(f"FINAL QUESTION: {PENS}\n\n{task}") == f"{PENS}\n\n{task}"
