"""A question's story (`explain.story.tell`) as lines of plain text. What a model wrote is shown, never interpreted."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scalequest_assets.explain.story import CandidateStory, Duplicate, Duplicates, Neighbour, OutsideStory, Story

_BLOCKS = ("known_query", "judgement", "response", "solution")
"""Evidence that is a text of its own, shown below the line."""
_SAID = {True: "yes", False: "no", None: "unsure"}
_LEFT_OUT = ("seed", "is_exact", "survivor_id", "jaccard", "relation")


def lines(story: CandidateStory | OutsideStory) -> Iterator[str]:
    """Yield the story, line by line (texts of a model may span several)."""
    yield f"{story.query_id}: {_verdict(story)}"
    yield from _block("", story.query)
    if isinstance(story, OutsideStory):
        yield from _evidence(story.known)
        yield from _neighbours(story.neighbours)
        return
    if story.older:
        yield ""
        yield f"left out, made of earlier questions (`scalequest run` makes them again): {', '.join(story.older)}"
    for stage in story.stages:
        decided = {None: "made", True: "kept", False: "dropped"}[stage.keep]
        yield ""
        yield f"{stage.stage}: {decided}" + (f", {stage.drop_reason}" if stage.drop_reason else "")
        yield from _evidence(stage.evidence)
        if story.benchmark and "matched_id" in stage.evidence:
            yield f"  shares text with {story.benchmark.query_id}"
            yield from _block("  ", story.benchmark.query)
    yield from _duplicates(story.duplicates)
    yield from _neighbours(story.neighbours)
    yield from _responses(story)


def _verdict(story: Story) -> str:
    match story.outcome:
        case "released":
            return f"in the data set ({story.stage})"
        case "dropped":
            return f"dropped by {story.stage}: {story.drop_reason}"
        case "undecided":
            return f"not decided yet: it has come to {story.stage}; `scalequest run` makes what follows"
        case "outside":
            return f"of {story.table}: learned from or compared with, never released"


def _evidence(evidence: Mapping[str, Any]) -> Iterator[str]:
    short = {name: value for name, value in evidence.items() if name not in (*_BLOCKS, *_LEFT_OUT)}
    if short:
        yield "  " + ", ".join(f"{name} {_value(value)}" for name, value in short.items())
    for name in _BLOCKS:
        if evidence.get(name):
            yield f"  {name}:"
            yield from _block("  ", evidence[name])


def _duplicates(duplicates: Duplicates | None) -> Iterator[str]:
    if duplicates is None:
        return
    yield ""
    yield "duplicates" + (f": cluster {duplicates.cluster_id}" if duplicates.cluster_id else "")
    if duplicates.survivor:
        yield f"  lost to {_resemblance(duplicates.survivor)}"
        yield from _block("  ", duplicates.survivor.query)
    for loser in duplicates.losers:
        yield f"  survived {_resemblance(loser)}"
        yield from _block("  ", loser.query)


def _neighbours(neighbours: Sequence[Neighbour]) -> Iterator[str]:
    yield ""
    yield "nearest questions" + ("" if neighbours else ": none")
    for near in neighbours:
        marks = ", ".join(f"{'same' if is_same else 'other'} {name}" for name, is_same in near.same.items())
        yield f"  {near.query_id}: Jaccard {near.jaccard:.3f}, {marks}"
        yield from _block("  ", near.query)


def _responses(story: CandidateStory) -> Iterator[str]:
    for response in story.responses:
        yield ""
        yield f"response {response.sample_idx}" + (f": dropped, {response.drop_reason}" if response.drop_reason else "")
        scored = {"answer": response.answer, "reward": response.reward, "agreement": response.agreement}
        yield from _evidence({name: value for name, value in scored.items() if value is not None})
        yield from _block("  ", response.response or response.error)
    if pair := story.pair:
        yield ""
        yield f"pair: response {pair['sample_idx']} of {pair['num_samples']}"
        yield from _evidence({name: value for name, value in pair.items() if name not in (*_BLOCKS, "sample_idx")})
    for said in story.reviews:
        yield ""
        yield f"reviewed by {said.reviewer}, {said.reviewed_at:%Y-%m-%d}"
        answer = {} if said.is_question_sound is False else {"answer right": said.is_answer_right}
        words = {"question sound": said.is_question_sound, **answer}
        yield "  " + ", ".join(f"{name}: {_SAID[value]}" for name, value in words.items())
        yield from _block("  ", said.note) if said.note else ()


def _resemblance(other: Duplicate) -> str:
    return f"{other.query_id}: {other.relation}, Jaccard {other.jaccard:.3f}"


def _block(indent: str, text: object) -> Iterator[str]:
    for line in str("–" if text is None else text).strip().splitlines() or ["(empty)"]:
        yield f"{indent}  | {line}"


def _value(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
