"""The one list of stages: every asset of the graph, in the order in which data flows, and what others must know of it.

Funnel, catalog, manifest, plan, `why`, checks, sweeps and lines of cost read this list; none has one of its own. It
imports nothing of ours, so that all packages may read it, `recipe` too. A new stage is an entry here, its columns in
`schemas`, its asset and its recipe.
"""

from collections.abc import Iterator, Mapping
from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from typing import Final, Literal

By = Literal["nothing", "generator", "shard", "student"]
"""How an asset is partitioned; `shard` means generator x shard."""
DIMENSIONS: Final[Mapping[By, tuple[str, ...]]] = {
    "nothing": (),
    "generator": ("generator",),
    "shard": ("generator", "shard"),
    "student": ("student",),
}
"""The partition dimensions of each way, in the order in which a key names them."""
Kind = Literal["table", "model", "file"]
"""What an asset leaves: a table of the lake, weights in the model store, or files in a release."""
Rows = Literal["question", "response", "reference"]
"""What one row of a table is: a question that a generator wrote, one sampled response, or a question that is no
candidate itself and only learned from or compared with."""
Figures = Literal["numbers", "yields", "totals", "decisions", "scores"]
"""What a sweep compares of a report: every number, the share that ends as pairs, the sums over all rows, how often what
decides is right, or what students score."""

REVIEWS: Final = "reviews"
"""The one table that is no asset's: what people said of pairs."""


@dataclass(frozen=True)
class Stage:
    """One asset.

    Attributes:
        name: Its name, which is its table's.
        group: Its group, a module of `assets`.
        by: How it is partitioned.
        kind: What it leaves.
        rows: What a row of its table is; None for anything else.
        key: Columns that tell the rows of its table apart, the first never null, where those are neither questions nor
            responses.
        decides: Whether it drops rows of its own input.
        chooses_from: For the stage that holds only what it keeps: the table of responses that it chooses from. Why a
            question has none is read from there.
        chooses_by: For the same stage: the table that says which response that is, and why a question is left out.
        runs_model: Whether it runs or trains a model, so that it has a cost and waits for the GPU.
        label: Short name, for columns; else the first word of the name.
        shown: Columns that the view `questions` shows of it; None for all that no stage before it has.
        provenance: Column of the finished pairs that names this stage's model.
        measured_by: Two assets whose numbers of requests are what came in and what was kept, for a deciding stage that
            the funnel does not count.
        paper_line: Line of the paper's cost table (`recipe.paper_costs`) that its work belongs to.
        figures: What a sweep compares of a report; None for what is no report.
        on_request: Whether a run leaves it out unless it is selected. It is then in no plan and no manifest.
    """

    name: str
    group: str
    by: By = "nothing"
    _: KW_ONLY
    kind: Kind = "table"
    rows: Rows | None = None
    key: tuple[str, ...] = ()
    decides: bool = False
    chooses_from: str | None = None
    chooses_by: str | None = None
    runs_model: bool = False
    label: str | None = None
    shown: tuple[str, ...] | None = None
    provenance: str | None = None
    measured_by: tuple[str, str] | None = None
    paper_line: str | None = None
    figures: Figures | None = None
    on_request: bool = False

    @property
    def short_name(self) -> str:
        """Its label, or the first word of its name."""
        return self.label or self.name.partition("_")[0]

    @property
    def row_key(self) -> tuple[str, ...]:
        """Columns that tell the rows of its table apart; none are known where it is no table, or says nothing."""
        return self.key or {None: (), "response": ("query_id", "sample_idx")}.get(self.rows, ("query_id",))

    @property
    def has_decisions(self) -> bool:
        """Whether its table has `keep` and `drop_reason`, with all of its input rows."""
        return self.decides and self.chooses_from is None

    @property
    def is_screening(self) -> bool:
        """Whether it decides about every question of a shard, one row each."""
        return self.has_decisions and self.rows == "question" and self.by == "shard"

    @property
    def is_listed(self) -> bool:
        """Whether the release accounts for it: what each shard has, and all that a model was run for."""
        return not self.on_request and (self.by == "shard" or self.runs_model)

    @property
    def is_planned(self) -> bool:
        """Whether a plan has a line for it: it runs a model, or decides about questions."""
        return not self.on_request and (self.runs_model or self.decides)


@dataclass(frozen=True)
class Stages:
    """A list of stages with what follows from it; names are in the order in which data flows.

    Args:
        entries: The stages; each stands after those that it reads.

    Raises:
        ValueError: A name occurs twice, not exactly one stage chooses a question's response, or it chooses from
            something that is no table of responses before it, or by one that is no table of questions.
    """

    entries: tuple[Stage, ...]

    def __post_init__(self) -> None:
        names = [stage.name for stage in self.entries]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"stages: listed twice: {', '.join(twice)}")
        choosing = [stage for stage in self.entries if stage.chooses_from]
        if len(choosing) != 1:
            raise ValueError(f"stages: {len(choosing)} of them have `chooses_from`, one must")
        before = self.entries[: names.index(choosing[0].name)]
        if choosing[0].chooses_from not in [stage.name for stage in before if stage.rows == "response"]:
            raise ValueError(
                f"stages: {choosing[0].name} chooses from {choosing[0].chooses_from}, no responses before it"
            )
        if choosing[0].chooses_by not in [stage.name for stage in before if stage.rows == "question"]:
            raise ValueError(f"stages: {choosing[0].name} chooses by {choosing[0].chooses_by}, no questions before it")

    def __iter__(self) -> Iterator[Stage]:
        return iter(self.entries)

    def __getitem__(self, name: str) -> Stage:
        """Return the stage of a name; `KeyError` where there is none."""
        return self._by_name[name]

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    @cached_property
    def _by_name(self) -> Mapping[str, Stage]:
        return {stage.name: stage for stage in self.entries}

    @cached_property
    def groups(self) -> Mapping[str, tuple[str, ...]]:
        """Every group's assets."""
        groups = dict.fromkeys(stage.group for stage in self.entries)
        return {group: tuple(stage.name for stage in self.entries if stage.group == group) for group in groups}

    @cached_property
    def groups_on_request(self) -> tuple[str, ...]:
        """Groups that a run leaves out unless they are selected."""
        return tuple(group for group, names in self.groups.items() if all(self[name].on_request for name in names))

    @cached_property
    def tables(self) -> tuple[str, ...]:
        """Assets that are tables."""
        return tuple(stage.name for stage in self.entries if stage.kind == "table")

    @cached_property
    def models(self) -> tuple[str, ...]:
        """Assets that are models."""
        return tuple(stage.name for stage in self.entries if stage.kind == "model")

    @cached_property
    def references(self) -> tuple[str, ...]:
        """Tables of questions that are no candidates themselves."""
        return tuple(stage.name for stage in self.entries if stage.rows == "reference")

    @cached_property
    def candidates(self) -> str:
        """The table of all questions that may end as pairs: the first one of shards."""
        return next(stage.name for stage in self.entries if stage.rows == "question" and stage.by == "shard")

    @cached_property
    def screening(self) -> tuple[str, ...]:
        """Tables with one row per candidate that decide, each about what the one before it kept."""
        return tuple(stage.name for stage in self.entries if stage.is_screening)

    @cached_property
    def verdicts(self) -> str:
        """The table of what the judge says of candidates."""
        return next(stage.name for stage in self.entries if stage.provenance == "judge_model")

    @cached_property
    def pairs(self) -> str:
        """The table of finished pairs."""
        return next(stage.name for stage in self.entries if stage.chooses_from)

    @cached_property
    def responses(self) -> str:
        """The table of responses that the pairs are chosen from."""
        return str(self[self.pairs].chooses_from)

    @cached_property
    def choices(self) -> str:
        """The table that says which response is chosen."""
        return str(self[self.pairs].chooses_by)

    @cached_property
    def funnel(self) -> tuple[str, ...]:
        """What the funnel counts: all candidates, each decision about them, and the pairs."""
        return (self.candidates, *self.screening, self.pairs)

    @cached_property
    def planned(self) -> tuple[str, ...]:
        """Assets that a plan has a line for."""
        return tuple(stage.name for stage in self.entries if stage.is_planned)

    @cached_property
    def paper_lines(self) -> Mapping[str, str]:
        """The line of the paper's cost table, of each asset that has one."""
        return {stage.name: stage.paper_line for stage in self.entries if stage.paper_line}

    @cached_property
    def measured_shares(self) -> Mapping[str, tuple[str, str]]:
        """The two assets whose requests measure the share that a stage keeps (`Stage.measured_by`)."""
        return {stage.name: stage.measured_by for stage in self.entries if stage.measured_by}

    @cached_property
    def provenance(self) -> Mapping[str, str]:
        """Columns of the finished pairs that name a model, and the stage whose model it is."""
        return {stage.provenance: stage.name for stage in self.entries if stage.provenance}

    def listed(self, by: By, *kinds: Kind) -> tuple[str, ...]:
        """Return what the release accounts for, of one partitioning and of some kinds."""
        return tuple(stage.name for stage in self.entries if stage.is_listed and stage.by == by and stage.kind in kinds)

    def with_stage(self, new: Stage, *, after: str) -> "Stages":
        """Return the list with one more stage, right after another."""
        place = self.entries.index(self[after]) + 1
        return Stages((*self.entries[:place], new, *self.entries[place:]))


_SOLVABILITY_AND_DIFFICULTY = "solvability and difficulty"

STAGES: Final = Stages(
    (
        Stage("seed_questions", "seeds", rows="reference"),
        Stage("benchmark_questions", "seeds", rows="reference"),
        Stage("known_questions", "seeds", rows="reference"),
        Stage("role_model", "seeds", kind="model", runs_model=True),
        Stage("generator_config", "seeds", "generator"),
        Stage("qft_model", "question_tuning", "generator", kind="model", runs_model=True, paper_line="QFT"),
        Stage(
            "raw_questions",
            "question_tuning",
            "generator",
            rows="question",
            runs_model=True,
            paper_line="QPO generation",
        ),
        Stage(
            "optimized_questions",
            "question_tuning",
            "generator",
            rows="question",
            decides=True,
            runs_model=True,
            measured_by=("raw_questions", "qpo_model"),
            paper_line="QPO rewriting",
        ),
        Stage("qpo_model", "question_tuning", "generator", kind="model", runs_model=True, paper_line="QPO training"),
        Stage(
            "synthetic_questions",
            "synthesis",
            "shard",
            rows="question",
            runs_model=True,
            provenance="generator_model",
            paper_line="question generation",
        ),
        Stage("screened_questions", "screening", "shard", rows="question", decides=True),
        Stage("judge_report", "screening", key=("source", "evidence"), runs_model=True, figures="decisions"),
        Stage(
            "solvability_verdicts",
            "screening",
            "shard",
            rows="question",
            decides=True,
            runs_model=True,
            provenance="judge_model",
            paper_line=_SOLVABILITY_AND_DIFFICULTY,
        ),
        Stage("seed_responses", "screening", rows="response", runs_model=True, paper_line=_SOLVABILITY_AND_DIFFICULTY),
        Stage("difficulty_model", "screening", kind="model", runs_model=True, paper_line=_SOLVABILITY_AND_DIFFICULTY),
        Stage(
            "difficulty_scores",
            "screening",
            "shard",
            rows="question",
            decides=True,
            runs_model=True,
            paper_line=_SOLVABILITY_AND_DIFFICULTY,
        ),
        Stage("minhash_signatures", "dedup", "shard", rows="question"),
        Stage("duplicate_pairs", "dedup", "generator", key=("left_id", "right_id")),
        Stage("duplicate_clusters", "dedup", key=("query_id",)),
        Stage("deduplicated_questions", "dedup", "shard", rows="question", decides=True, label="dedup"),
        Stage(
            "responses",
            "answers",
            "shard",
            rows="response",
            runs_model=True,
            provenance="responder_model",
            paper_line="responses",
        ),
        Stage("reward_model", "answers", kind="model", runs_model=True, paper_line="reward"),
        Stage(
            "response_scores",
            "answers",
            "shard",
            rows="response",
            decides=True,
            runs_model=True,
            provenance="reward_model",
            measured_by=("responses", "response_scores"),
            paper_line="reward",
        ),
        Stage(
            "observed_difficulty",
            "answers",
            "shard",
            rows="question",
            runs_model=True,
            shown=("pass_rate", "weak_pass_rate", "gap", "is_disputed"),
        ),
        Stage(
            "qa_pairs",
            "answers",
            "shard",
            rows="question",
            decides=True,
            chooses_from="response_scores",
            chooses_by="observed_difficulty",
            shown=("response", "answer", "reward", "agreement"),
        ),
        Stage("release_manifest", "release", "generator", key=("asset", "generator", "shard")),
        Stage("funnel", "release", key=("stage", "generator", "shard"), figures="yields"),
        Stage("costs", "release", key=("asset", "generator", "model"), figures="totals"),
        Stage("dataset", "release", kind="file"),
        Stage("report", "release", kind="file"),
        Stage("study_questions", "study", "generator", rows="question", runs_model=True, on_request=True),
        Stage(
            "generator_report",
            "study",
            "generator",
            key=("stage", "direction"),
            figures="numbers",
            on_request=True,
        ),
        Stage("student_config", "students", "student", on_request=True),
        Stage("student_pairs", "students", "student", key=("student", "query_id"), on_request=True),
        Stage("student_questions", "students", key=("query_id",), on_request=True),
        Stage("student_model", "students", "student", kind="model", runs_model=True, on_request=True),
        Stage("student_answers", "students", "student", key=("student", "query_id"), runs_model=True, on_request=True),
        Stage(
            "student_report",
            "students",
            key=("base", "arm", "student", "benchmark", "against"),
            figures="scores",
            on_request=True,
        ),
        Stage("student_page", "students", kind="file", on_request=True),
        Stage(
            "student_cross_check",
            "cross_check",
            "student",
            key=("student", "query_id", "filter"),
            runs_model=True,
            on_request=True,
        ),
    )
)
