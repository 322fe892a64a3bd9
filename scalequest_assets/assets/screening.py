"""Group `screening`: which questions live. Every table keeps all of its input rows."""

import dagster as dg
import polars as pl

from scalequest_assets.assets.question_tuning import config_of
from scalequest_assets.config.profile import Profile
from scalequest_assets.recipe import answer_check, difficulty, solvability, text_rules
from scalequest_assets.recipe.answers import extract_all
from scalequest_assets.recipe.contamination import Overlap
from scalequest_assets.recipe.held_out import split
from scalequest_assets.recipe.prompts import judge, solve
from scalequest_assets.recipe.seeding import shuffled
from scalequest_assets.recipe.topics import SUBJECTS, TopicModel, topic_shares
from scalequest_assets.steps import metadata
from scalequest_assets.steps.asking import Caller, ask_role, score_texts
from scalequest_assets.steps.measuring import measure_difficulty, with_metadata
from scalequest_assets.steps.models import Models
from scalequest_assets.steps.template import asset
from scalequest_assets.steps.training import Trainer, train
from scalequest_assets.storage.lake import Lake


@asset(by="shard", identity=["screening"], recipe_version="3")
def screened_questions(
    context: dg.AssetExecutionContext,
    synthetic_questions: pl.DataFrame,
    benchmark_questions: pl.DataFrame,
    seed_questions: pl.DataFrame,
    profile: dg.ResourceParam[Profile],
) -> pl.DataFrame:
    """Text rules: empty, truncated, length, not a question, repetition, language, contamination, plainly ill posed.

    And each question's topic, learned from the seed questions whose subject is known; it decides nothing.
    """
    screened = text_rules.screen(synthetic_questions, benchmark_questions, settings=text_rules_of(profile))
    screened = screened.with_columns(TopicModel.learn(seed_questions).classify(screened["query"]))
    context.add_output_metadata({**metadata.screening(screened, ["query"]), "topics": topic_bars(screened)})
    return screened


@asset(by="shard", identity=["roles.judge", "solvability", "random_seed"], deps=["role_model"], pool="gpu")
def solvability_verdicts(
    context: dg.AssetExecutionContext,
    screened_questions: pl.DataFrame,
    profile: dg.ResourceParam[Profile],
    models: dg.ResourceParam[Models],
    lake: dg.ResourceParam[Lake],
) -> pl.DataFrame:
    """The judge's verdict on every question that passed the text rules.

    Source: PAPER section 1, solvability.
    """
    caller = Caller(context=context, models=models, lake=lake, profile=profile)
    questions = screened_questions.filter("keep").select("query_id", "generator", "shard", "query")
    verdicts = judge_questions(caller, questions)
    context.add_output_metadata(metadata.screening(verdicts, ["query", "judgement"]))
    return verdicts


@asset(
    identity=["roles.solver", "difficulty.num_questions", "difficulty.num_samples", "random_seed"],
    deps=["role_model"],
    pool="gpu",
)
def seed_responses(
    context: dg.AssetExecutionContext,
    seed_questions: pl.DataFrame,
    profile: dg.ResourceParam[Profile],
    models: dg.ResourceParam[Models],
    lake: dg.ResourceParam[Lake],
) -> pl.DataFrame:
    """Sampled answers to seed questions, checked against gold: where the fail rates come from.

    Source: PAPER section 1, difficulty.
    """
    caller = Caller(context=context, models=models, lake=lake, profile=profile)
    role, num = profile.roles.solver, profile.difficulty.num_questions
    chosen = shuffled(seed_questions, profile.random_seed, "seed_responses").head(num)
    asked = chosen.select("query_id", "source", "query", gold_answer="answer")
    answered = ask_role(
        caller,
        role,
        asked,
        lambda row: solve.prompt(str(row["query"]), role.prompt_style),
        num_samples=profile.difficulty.num_samples,
    )
    answers = extract_all(answered["text"])
    correct = answer_check.check(answered["gold_answer"], answers)
    responses = answered.rename({"text": "response"}).with_columns(answer=answers, is_correct=correct)
    context.add_output_metadata(
        {
            "correct": float(responses["is_correct"].mean() or 0.0),  # type: ignore[arg-type]
            "without_answer": int(responses["answer"].null_count()),
            "undecidable": int(responses["is_correct"].null_count()),
            "sample": metadata.sample(responses, ["query", "gold_answer", "response", "is_correct"]),
        }
    )
    return responses


@asset(
    identity=["difficulty.base", "difficulty.training", "difficulty.held_out_share", "random_seed"],
    recipe_version="2",
    deps=["role_model"],
    pool="gpu",
)
def difficulty_model(
    context: dg.AssetExecutionContext,
    seed_responses: pl.DataFrame,
    profile: dg.ResourceParam[Profile],
    models: dg.ResourceParam[Models],
    lake: dg.ResourceParam[Lake],
    trainer: dg.ResourceParam[Trainer],
) -> dg.MaterializeResult[None]:
    """Regression model, question text to fail rate, measured on questions that it does not learn from.

    Source: PAPER section 1, difficulty (MSE on the question text).
    """
    caller = Caller(context=context, models=models, lake=lake, profile=profile)
    settings, rates = profile.difficulty, difficulty.fail_rates(seed_responses)
    learned, held_out = split(rates, "query", share=settings.held_out_share, seed=profile.random_seed)
    chart = metadata.histogram("fail rates of the seed questions", "fail rate", {"seeds": rates["fail_rate"].to_list()})
    rows, mean = difficulty.train_rows(learned), float(learned["fail_rate"].mean() or 0.0)  # type: ignore[arg-type]
    extra = {"fail_rates": chart, "mean_fail_rate": mean}
    base = models.handle(settings.base)
    trained = train(caller, trainer, "regression", base, rows, settings.training, extra=extra)
    return with_metadata(trained, measure_difficulty(caller, held_out, constant=mean))


@asset(by="shard", identity=["random_seed"], recipe_version="2", deps=["difficulty_model"], pool="gpu")
def difficulty_scores(
    context: dg.AssetExecutionContext,
    solvability_verdicts: pl.DataFrame,
    generator_config: pl.DataFrame,
    profile: dg.ResourceParam[Profile],
    models: dg.ResourceParam[Models],
    lake: dg.ResourceParam[Lake],
) -> pl.DataFrame:
    """Predicted fail rate, and which questions the shard keeps: all but the easiest, or a sample towards a target.

    Source: PAPER section 1, difficulty. Differs: the share is taken within each shard, so that
    growth changes no old one.
    """
    caller = Caller(context=context, models=models, lake=lake, profile=profile)
    kept = solvability_verdicts.filter("keep").select("query_id", "generator", "shard", "query")
    scored = difficulty.choose(predict_difficulty(caller, kept), config_of(generator_config), seed=profile.random_seed)
    shown = {
        "before": scored["difficulty"].drop_nulls().to_list(),
        "after": scored.filter("keep")["difficulty"].to_list(),
    }
    context.add_output_metadata(
        {
            **metadata.screening(scored, ["query", "difficulty"]),
            "threshold": scored["threshold"].first() if scored.height else None,
            "histogram": metadata.histogram("difficulty", "predicted fail rate", shown),
        }
    )
    return scored


def topic_bars(screened: pl.DataFrame) -> dg.MarkdownMetadataValue:
    """Return the share of every topic, among all questions and among those kept, as a picture."""
    panels = {}
    for title, rows in {"share of all questions": screened, "share of those kept": screened.filter("keep")}.items():
        shares = dict(topic_shares(rows["topic"]).select("topic", "share").iter_rows())
        panels[title] = ([shares.get(subject) for subject in SUBJECTS], [None] * len(SUBJECTS))
    return metadata.bars("topics", [subject.replace("_", "\n") for subject in SUBJECTS], panels)


def text_rules_of(profile: Profile) -> text_rules.TextRules:
    """Return the recipe's form of the profile's text rules."""
    rules = profile.screening.model_dump()
    return text_rules.TextRules(**{**rules, "contamination": Overlap(**rules["contamination"])})


def judge_questions(caller: Caller, questions: pl.DataFrame) -> pl.DataFrame:
    """Ask the judge about questions (`query_id`, `query`); add `verdict`, `keep`, `drop_reason` and its answer."""
    role = caller.profile.roles.judge
    judged = ask_role(caller, role, questions, lambda row: judge.prompt(str(row["query"]), role.prompt_style))
    rule = caller.profile.solvability.rule
    return solvability.verdicts(judged.rename({"text": "judgement"}), rule=rule).drop("sample_idx")


def predict_difficulty(caller: Caller, questions: pl.DataFrame) -> pl.DataFrame:
    """Add `difficulty` to questions (`query_id`, `query`): a predicted fail rate, not yet bounded, or null."""
    ids, handle = questions["query_id"].to_list(), caller.models.handle("difficulty_model")
    values = score_texts(caller, handle, ids, questions["query"].to_list())
    return questions.with_columns(difficulty=pl.Series([values[query_id] for query_id in ids], dtype=pl.Float64))
