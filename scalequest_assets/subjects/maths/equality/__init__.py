"""When two final answers are equal: each is read whole, in a normal form, or counts as unread.

`tokens` takes the dress off, `expressions` reads mathematics, `reading` reads answers, `comparing` compares them.
"""

from scalequest_assets.subjects.maths.equality.comparing import same
from scalequest_assets.subjects.maths.equality.reading import read

__all__ = ["read", "same"]
