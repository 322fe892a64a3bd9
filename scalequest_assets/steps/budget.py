"""What a command may spend."""

import threading
from dataclasses import asdict
from typing import Any

from scalequest_assets.errors import BudgetError
from scalequest_assets.recipe.manifest import money
from scalequest_assets.recipe.settings import Limits, Prices
from scalequest_assets.storage.costs import Cost


class Budget:
    """What models may read, write and be trained on, and what that may cost; what is stored costs nothing.

    Args:
        limits: How much.
        prices: What it costs.

    Raises:
        BudgetError: Dollars are bound, and the prices are in another currency.
    """

    def __init__(self, limits: Limits | None = None, prices: Prices | None = None) -> None:
        self._limits, self._prices = limits or Limits(), prices or Prices()
        self._tokens, self._gpu_s, self._money = 0, 0.0, 0.0
        self._spending = threading.Lock()
        if self._limits.max_usd is not None and self._prices.currency != "USD":
            raise BudgetError(
                f"--max-usd (budget.max_usd) is in dollars, and prices.currency is {self._prices.currency}",
                "give the prices in USD, or bound --max-gpu-hours or --max-tokens",
            )

    @property
    def is_bound(self) -> bool:
        """Whether anything is: else nobody need say what each row takes."""
        return any(limit is not None for limit in self._limits.model_dump().values())

    def spend(self, cost: Cost) -> None:
        """Enter what a model's work took; `cost.model` says whose.

        Raises:
            BudgetError: This was the last, or what it costs is not known. What was made with it is kept.
        """
        with self._spending:  # steps side by side spend from one budget
            self._spend(cost)

    def _spend(self, cost: Cost) -> None:
        limits = self._limits
        self._tokens += cost.prompt_tokens + cost.completion_tokens
        self._gpu_s += cost.gpu_s
        if limits.max_usd is not None:
            self._money += self._price(cost)
        _stop_at("--max-tokens", limits.max_tokens, self._tokens, f"{self._tokens:,} tokens")
        _stop_at("--max-gpu-hours", limits.max_gpu_hours, self._gpu_s / 3600, f"{self._gpu_s / 3600:.2f} GPU-hours")
        _stop_at("--max-usd", limits.max_usd, self._money, f"{self._money:.2f} dollars")

    def _price(self, cost: Cost) -> float:
        price = money(self._prices, asdict(cost))
        if price is None:
            raise BudgetError(
                f"dollars are bound (--max-usd, budget.max_usd), and nothing says what {cost.model} costs",
                "set prices.gpu_hour, prices.cpu_hour, or prices.tokens for a model behind a server",
            )
        return price


def _stop_at(option: str, most: Any, spent: float, said: str) -> None:
    """Raise `BudgetError` if what was spent reaches a limit."""
    if most is not None and spent >= most:
        raise BudgetError(
            f"{said} are spent, and {option} (budget.{option[2:].replace('-', '_')}) is {most:,}",
            "all that finished is stored, and the next run goes on from there: scalequest run",
        )
