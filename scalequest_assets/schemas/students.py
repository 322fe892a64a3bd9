"""The declared columns of the tables of group `students`; `schemas` has them beside all others."""

from collections.abc import Mapping

from scalequest_assets.schemas.columns import BOOL, F64, I32, SAMPLED, STR, Column, Columns, bounded

STUDENT_TABLES: Mapping[str, Columns] = {
    "student_config": {
        "student": Column(STR, "Name of the student, or of a base that is none"),
        "config": Column(STR, "What belongs to this student alone, as JSON with sorted keys"),
    },
    "student_pairs": {
        "student": Column(STR, "Student that learns from the pair; a base learns from none"),
        "query_id": Column(STR, "The question: generator/shard/row or, of a seed question, source/row"),
        "query": Column(STR, "The question"),
        "response": Column(STR, "The response that the student is taught"),
    },
    "student_questions": {
        "query_id": Column(STR, "benchmark or source/row, unique and stable"),
        "benchmark": Column(STR, "Benchmark, group of benchmarks, or held-out families that it counts for"),
        "query": Column(STR, "The question"),
        "answer": Column(STR, "Gold answer"),
    },
    "student_answers": {
        "student": Column(STR, "Student, or base, that answers"),
        "benchmark": Column(STR, "Benchmark that the question counts for"),
        "query_id": Column(STR, "Of the question"),
        "query": Column(STR, "The question"),
        "gold": Column(STR, "Gold answer"),
        "response": Column(STR, "All that the student wrote"),
        "answer": Column(STR, "Answer read from it; null where none was found"),
        "is_correct": Column(BOOL, "Whether it equals gold; false where there is no answer, null where undecidable"),
        "majority_answer": Column(STR, "Commonest answer of further samples (maj@k); null where none are drawn"),
        "is_majority_correct": Column(BOOL, "Whether that equals gold; null as above"),
        "num_samples": Column(I32, "How many of those were drawn"),
        "is_seen": Column(BOOL, "Whether the student learned from the same question: it then counts for nobody"),
        "prompt_style": Column(STR, "Style of the prompt that it is asked with"),
        "evaluator": Column(STR, "What reads and compares answers, with its version"),
        **SAMPLED,
    },
    "student_report": {
        "base": Column(STR, "The base model, by its name in the profile"),
        "arm": Column(STR, "What its students learned from; base: nothing"),
        "student": Column(STR, "One student of the arm; null for all of them together"),
        "benchmark": Column(STR, "What they were asked"),
        "against": Column(STR, "The arm that it is compared with; null where it is not"),
        "num_students": Column(I32, "Students that are averaged: one for each seed"),
        "num_pairs": Column(F64, "Pairs that they learned from, on average"),
        "num_questions": Column(I32, "Questions that count"),
        **bounded("accuracy", "Share of them that is right (pass@1, greedy)"),
        "majority_accuracy": Column(F64, "The same of the commonest answer (maj@k); null where none were drawn"),
        **bounded("difference", "accuracy less that of the arm it is compared with"),
        "num_better": Column(
            I32, "Questions that it gets right, and the other at the same seed does not, over all seeds"
        ),
        "num_worse": Column(I32, "The same the other way round"),
        "p_value": Column(F64, "Exact McNemar: chance of such splits if neither were better, in most of the seeds"),
        "p_adjusted": Column(F64, "The same, corrected for all tests of the report (Holm)"),
        "paper_accuracy": Column(F64, "What the paper's student of the same base scored; null where it has none"),
    },
    "student_cross_check": {
        "student": Column(STR, "Student, or base, that answers"),
        "benchmark": Column(STR, "Benchmark that the question counts for"),
        "query_id": Column(STR, "Of the question"),
        "query": Column(STR, "The question"),
        "filter": Column(STR, "The harness's name of the way in which it read the answer: a row for each"),
        "gold": Column(STR, "Gold answer"),
        "response": Column(STR, "All that the student wrote in our engine"),
        "answer": Column(STR, "What we read from it; null where none was found"),
        "is_correct": Column(BOOL, "Whether that equals gold, as `student_answers` has it"),
        "harness_response": Column(STR, "What it wrote there to the same prompt, up to the task's end strings"),
        "harness_answer": Column(STR, "What the harness read from that; null of a task that reads and compares in one"),
        "is_harness_correct": Column(BOOL, "Whether that equals gold, by the harness"),
        "reread_answer": Column(STR, "What we read from the harness's text; null where none was found"),
        "cause": Column(
            STR, "Why the two differ: generation, reading, comparison, undecided (students.md); null where they agree"
        ),
        "evaluator": Column(STR, "The harness and its task, with their versions"),
    },
}
