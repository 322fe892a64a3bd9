"""Simulated models: what they write follows from the row's seed, has the shares that were asked for, and says so."""

import json
from collections import Counter
from pathlib import Path

import pytest

from scalequest_assets.config.file import edit_document, read_profile, validate
from scalequest_assets.engines.base import Choice, Completion, Hyperparameters, Message, Request, Sampling, TrainingJob
from scalequest_assets.engines.simulate import engine as simulated
from scalequest_assets.engines.simulate.engine import SimulatedChat, SimulatedEngine, SimulatedScorer, Writer
from scalequest_assets.engines.simulate.material import Material
from scalequest_assets.engines.simulate.settings import SimulateSettings
from scalequest_assets.engines.simulate.training import simulate_training
from scalequest_assets.recipe import judgements
from scalequest_assets.steps.simulating import material_of
from scalequest_assets.subjects import subject_named
from scalequest_assets.subjects.stated_answers.extraction import extract

CHAT, PROMPTS = SimulatedChat(), subject_named("maths").prompts
SAMPLING = Sampling(max_tokens=4096)
SETTINGS = SimulateSettings(num_problems=120)


PROFILE = (
    "engine.kind=simulate",
    "engine.simulate.num_problems=120",
    "seeds.sources=[{kind: families, style: grade_school, max_questions: 20}]",
)


@pytest.fixture(scope="module")
def material() -> Material:
    return material_of(validate(edit_document(read_profile("embedded"), PROFILE), "a test"))


def made(
    material: Material,
    requests: list[Request],
    settings: SimulateSettings = SETTINGS,
    only: set[str] | None = None,
) -> list[Completion]:
    engine = SimulatedEngine(lambda: Writer(material, settings), settings)
    return list(engine.generate(requests, SAMPLING, only or {request.id for request in requests}))


def questions(num: int) -> list[Request]:
    prefix = CHAT.question_prefix("A system text.")
    return [Request(id=f"g/s0000/{index:06d}#0", prompt=prefix, seed=index * 7919 + 3) for index in range(num)]


def asked(message: str, num: int, first: int = 0) -> list[Request]:
    prompt = CHAT.render([Message(role="user", content=message)])
    return [Request(id=f"q#{index}", prompt=prompt, seed=first + index) for index in range(num)]


def test_a_row_follows_from_its_seed_and_its_list_alone(material):
    requests = questions(60)
    whole = made(material, requests)
    some = made(material, requests, only={request.id for request in requests[::7]})
    assert some == whole[::7]
    assert len({one.text for one in whole}) > 55


def test_questions_repeat_as_often_as_they_are_told(material):
    told = {"foreign": 0.0, "truncated": 0.0, "common": 0.0, "near_duplicates": 0.0}
    without = [one.text for one in made(material, questions(400), SimulateSettings(**told, exact_duplicates=0.0))]
    copies = [one.text for one in made(material, questions(400), SimulateSettings(**told, exact_duplicates=0.5))]
    assert len(set(without)) == 400
    assert 90 < 400 - len(set(copies)) < 160  # half of them are copies, and some of those of one another
    foreign = made(material, questions(200), SimulateSettings(foreign=1.0, near_duplicates=0.0))
    assert not any(one.text.isascii() for one in foreign)


def test_verdicts_are_yes_as_often_as_they_are_told(material):
    said = [judgements.parse(one.text) for one in made(material, asked(PROMPTS.judge("How many?", "full"), 400))]
    counts = Counter(one.verdict for one in said)
    assert 0.68 < counts["yes"] / 400 < 0.82
    assert counts[None] < 15  # cut texts alone say nothing


def test_answers_agree_as_often_as_they_are_told(material):
    told = SimulateSettings(num_problems=120, agreement=0.8, without_answer=0.0, truncated=0.0)
    shares = []
    for number in range(60):
        texts = made(material, asked(PROMPTS.solve(f"What is {number} + 1?", "full"), 20, 100 * number), told)
        answers = Counter(extract(one.text) for one in texts)
        assert None not in answers
        shares.append(answers.most_common(1)[0][1] / 20)
    assert 0.72 < sum(shares) / len(shares) < 0.92


def test_a_seed_of_the_families_is_at_times_answered_rightly(material):
    query, solved = next(iter(material.known.items()))
    texts = [one.text for one in made(material, asked(PROMPTS.solve(query, "full"), 40))]
    assert any(text.endswith(solved) for text in texts)


@pytest.mark.parametrize("direction", ["solvability", "difficulty"])
@pytest.mark.parametrize("style", ["full", "compact"])
def test_a_rewrite_is_found_behind_its_marker(material, direction, style):
    prompt = PROMPTS.rewrite("What is $2 + 2$?", direction, style)
    rewrites = subject_named("maths").rewrites
    found = [rewrites.parse(one.text, direction) for one in made(material, asked(prompt, 30))]
    assert sum(text is not None and text.endswith("What is $2 + 2$?") for text in found) > 20


def test_scores_follow_from_the_text(material):
    scorer = SimulatedScorer(SETTINGS)
    requests = [Request(id=str(index), prompt=f"text {index % 50}", seed=0) for index in range(100)]
    values = [one.value for one in scorer.score(requests, {request.id for request in requests})]
    assert values[:50] == values[50:]
    assert all(value is not None and 0 <= value <= 1 for value in values)
    yes = Choice(this=("Yes",), other=("No",))
    chosen = SimulatedEngine(lambda: Writer(material, SETTINGS), SETTINGS).choose(requests[:3], yes, {"1"})
    assert [one.id for one in chosen] == ["1"]


def test_in_real_time_a_row_takes_the_seconds_that_it_claims(material, monkeypatch):
    slept: list[float] = []
    monkeypatch.setattr(simulated.time, "sleep", slept.append)
    rows = made(material, questions(5), SimulateSettings(num_problems=120, realtime=True))
    assert slept == [one.engine_s for one in rows]
    made(material, questions(5))
    assert len(slept) == 5


def test_a_training_leaves_weights_that_follow_from_its_rows_and_say_what_they_are(tmp_path: Path):
    def train(rows: list[dict[str, str]], name: str) -> bytes:
        file = tmp_path / f"{name}.jsonl"
        file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        job = TrainingJob(
            task="sft", base_dir="base", train_file=str(file), output_dir=str(tmp_path / name),
            hyperparameters=Hyperparameters(learning_rate=1e-4), seed=1,
        )  # fmt: skip
        assert simulate_training(job, SETTINGS).num_rows == len(rows)
        return (tmp_path / name / "model.safetensors").read_bytes()

    one, same, other = (train([{"text": text}], name) for text, name in (("a", "1"), ("a", "2"), ("b", "3")))
    assert one == same != other
    header = json.loads(one[8:])
    assert len(one) == 8 + int.from_bytes(one[:8], "little")
    assert header["__metadata__"]["simulated"] == "no weights: engine.kind simulate"
