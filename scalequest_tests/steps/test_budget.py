"""What a command may spend: tokens, hours of GPUs and dollars."""

import pytest

from scalequest_assets.errors import BudgetError
from scalequest_assets.recipe.manifest import money
from scalequest_assets.recipe.settings import Limits, Prices, TokenPrices
from scalequest_assets.steps.budget import Budget
from scalequest_assets.storage.costs import Cost

HALF_AN_HOUR = Cost(prompt_tokens=600, completion_tokens=400, engine_s=900.0, gpu_s=1800.0, model="m@1")
PRICES = Prices(gpu_hour=3.0, cpu_hour=0.5, tokens={"served": TokenPrices(prompt_million=1.0, completion_million=4.0)})


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (Limits(max_tokens=2000), r"2,000 tokens are spent, and --max-tokens \(budget.max_tokens\) is 2,000"),
        (Limits(max_gpu_hours=0.9), r"1.00 GPU-hours are spent, and --max-gpu-hours \(budget.max_gpu_hours\) is 0.9"),
        (Limits(max_usd=2.5), r"3.00 dollars are spent, and --max-usd \(budget.max_usd\) is 2.5"),
    ],
)
def test_a_budget_ends_with_the_row_that_reaches_it(limits: Limits, said: str):
    budget = Budget(limits, PRICES)
    budget.spend(HALF_AN_HOUR)
    with pytest.raises(BudgetError, match=said):
        budget.spend(HALF_AN_HOUR)


def test_without_limits_nothing_ends():
    Budget().spend(HALF_AN_HOUR)


@pytest.mark.parametrize(
    ("spent", "price"),
    [
        ({"model": "m@1", "engine_s": 900.0, "gpu_s": 1800.0}, 1.5),
        ({"model": "m@1", "engine_s": 1800.0}, 0.25),
        ({"model": "served@api:x", "prompt_tokens": 500_000, "completion_tokens": 250_000}, 1.5),
        ({"model": "other@api:x", "engine_s": 1800.0}, None),
    ],
)
def test_work_is_priced_by_token_or_by_hour(spent: dict, price: float | None):
    zero = {"prompt_tokens": 0, "completion_tokens": 0, "engine_s": 0.0, "gpu_s": 0.0}
    assert money(PRICES, zero | spent) == price
    assert money(Prices(), zero | spent) is None


def test_dollars_need_prices_in_dollars():
    with pytest.raises(BudgetError, match=r"is in dollars, and prices.currency is EUR"):
        Budget(Limits(max_usd=1.0), Prices(currency="EUR"))
    with pytest.raises(BudgetError, match=r"nothing says what m@1 costs"):
        Budget(Limits(max_usd=1.0), Prices()).spend(HALF_AN_HOUR)
