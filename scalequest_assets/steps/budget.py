"""What a command may spend."""

from scalequest_assets.errors import BudgetError


class Budget:
    """Tokens that models may read, write and be trained on, all together; what is stored costs nothing.

    Args:
        max_tokens: How many; None for any number.
    """

    def __init__(self, max_tokens: int | None = None) -> None:
        self._max_tokens, self._spent = max_tokens, 0

    def spend(self, num_tokens: int) -> None:
        """Enter tokens that were spent.

        Raises:
            BudgetError: These were the last. What was made with them is kept.
        """
        self._spent += num_tokens
        if self._max_tokens is not None and self._spent >= self._max_tokens:
            raise BudgetError(
                f"{self._spent:,} tokens are spent, and --max-tokens is {self._max_tokens:,}",
                "all that finished is stored, and the next run goes on from there: scalequest run. What is there: "
                "scalequest status; what the whole takes: scalequest plan",
            )
