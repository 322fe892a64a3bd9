"""What simulated models write. It identifies what comes out, since no model does."""

from pydantic import Field

from scalequest_assets.settings import Positive, Settings, Share


class SimulateSettings(Settings):
    """Distributions of the engine `simulate`. Defaults are the paper's run where it says, else our guess.

    Attributes:
        foreign: Share of questions in another language: the paper's language filter drops 20.1%.
        truncated: Share of texts that are cut at their length (guess).
        near_duplicates: Share of questions that repeat another one of their shard with other numbers or a few other
            words, so that about twice as many are in a pair (guess).
        exact_duplicates: Share that repeats one word for word: the paper claims less than 0.1%.
        common: Share of questions that are variants of `num_common` that every model writes, in all shards (guess).
        num_common: How many questions those are.
        solvable: Share of verdicts that are Yes: in the paper 75.7% of what passes the language filter.
        agreement: Mean share of a question's answers that are its commonest one (guess).
        without_answer: Share of responses that state no answer (guess; a check warns above 2%).
        num_problems: Problems of our families from which sentences and answers are taken.
        tokens_per_s: What a simulated model writes; reading is ten times as fast. The paper profile's figure.
        realtime: Whether a simulated model takes the seconds that it claims.
    """

    foreign: Share = 0.2
    truncated: Share = 0.01
    near_duplicates: Share = 0.1
    exact_duplicates: Share = 0.001
    common: Share = 0.01
    num_common: Positive = 20_000
    solvable: Share = 0.757
    agreement: float = Field(default=0.75, gt=0, le=1)
    without_answer: Share = 0.01
    num_problems: Positive = 4000
    tokens_per_s: float = Field(default=2200.0, gt=0)
    realtime: bool = False
