import torch

from scalequest_assets.engines.rounding import round_weights, stochastic_bfloat16


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_mean_is_kept_where_the_nearest_loses_it() -> None:
    base = torch.tensor([0.1, -0.1, 3.0, -1e-3]).bfloat16().float()
    moved = base * (1 + 2**-11)  # an eighth of a step
    many = moved.expand(40_000, 4)
    assert torch.equal(moved.bfloat16().float(), base)
    mean = stochastic_bfloat16(many, generator()).double().mean(dim=0)
    assert torch.allclose((mean - base) / (moved - base).double(), torch.ones(4, dtype=torch.float64), atol=0.1)


def test_results_are_neighbours() -> None:
    values = torch.randn(10_000, generator=generator(1))
    rounded = stochastic_bfloat16(values, generator()).float()
    assert ((rounded - values).abs() <= values.abs() * 2**-7).all()
    assert (rounded.sign() == values.sign()).all()


def test_what_fits_is_left_alone() -> None:
    exact = torch.cat([torch.randn(1000, generator=generator(2)).bfloat16().float(), torch.zeros(3)])
    assert torch.equal(stochastic_bfloat16(exact, generator()).float(), exact)


def test_same_seed_gives_the_same_weights() -> None:
    def rounded(seed: int) -> torch.Tensor:
        model = torch.nn.Linear(20, 20)
        torch.nn.init.constant_(model.weight, 0.123456)
        round_weights(model, torch.bfloat16, seed)
        return model.weight.data

    assert rounded(1).dtype == torch.bfloat16
    assert torch.equal(rounded(1), rounded(1))
    assert not torch.equal(rounded(1), rounded(2))


def test_other_dtypes_are_plain() -> None:
    model = torch.nn.Linear(4, 4)
    before = model.weight.data.clone()
    round_weights(model, torch.float32, 0)
    assert torch.equal(model.weight.data, before)
