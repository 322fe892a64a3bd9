"""The bands outside which an asset check warns."""

from scalequest_assets.settings import Settings, Share


class Checks(Settings):
    """Bands outside which an asset check warns. Defaults: what the paper observed, with room (PAPER section 5).

    Attributes:
        min_language_pass: Least share that passes the text rules (the paper: 79.9%).
        min_solvability_pass: Least share of those that is judged solvable (the paper: 75.7%).
        max_exact_duplicates: Greatest share of exact copies (the authors: under 0.1%).
        max_without_answer: Greatest share of questions without a usable response.
        min_yield: Least share of sampled questions that become pairs (the paper: 51%).
        max_topic_share: Greatest share of one topic among the pairs.
        max_solvable_drop: Greatest fall of the solvable share from QFT to QPO.
        max_difficulty_drop: Greatest fall of the mean difficulty from QFT to QPO.
        max_similarity_rise: Greatest rise of the mean similarity from QFT to QPO.
    """

    min_language_pass: Share = 0.70
    min_solvability_pass: Share = 0.65
    max_exact_duplicates: Share = 0.01
    max_without_answer: Share = 0.02
    min_yield: Share = 0.40
    max_topic_share: Share = 0.45
    max_solvable_drop: Share = 0.02
    max_difficulty_drop: Share = 0.02
    max_similarity_rise: Share = 0.02
