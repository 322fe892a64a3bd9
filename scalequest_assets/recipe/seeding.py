"""Seeds: one for every row, from what the row is, never from the clock."""

from hashlib import blake2b


def row_seed(random_seed: int, *parts: str | int) -> int:
    """Derive a row's seed from the profile's seed, the asset, the `query_id`, the sample and the reroll.

    Returns:
        An integer in [0, 2**63).

    Differs: the authors' scripts seed from the clock.
    """
    text = "\x1f".join(str(part) for part in (random_seed, *parts))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest()) >> 1
