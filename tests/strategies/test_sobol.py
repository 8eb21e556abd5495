"""Quasi-random search."""

from strategy_runs import config, minimise

from clearml_hpo_app.strategies.sobol import SobolStrategy

ROWS = [{"type": "uniform", "name": f"Args/{name}", "min": 0.0, "max": 1.0} for name in "xy"]


def test_the_first_64_points_leave_no_gap():
    strategy = SobolStrategy(config("quasi-random", ROWS), 0)
    points = [strategy.suggest(number) for number in range(64)]
    for name in ("Args/x", "Args/y"):
        assert sorted(int(float(point[name]) * 64) for point in points) == list(range(64))
    cells = {(int(float(point["Args/x"]) * 8), int(float(point["Args/y"]) * 8)) for point in points}
    assert len(cells) == 64


def test_the_place_in_the_sequence_is_the_number_of_the_trial_in_any_order():
    forth, back = (SobolStrategy(config("quasi-random", ROWS), 0) for _ in range(2))
    assert [forth.suggest(number) for number in range(9)] == [back.suggest(number) for number in range(8, -1, -1)][
        ::-1
    ]


def test_it_finds_about_what_random_search_finds_or_more():
    def square(point: dict) -> float:
        return (point["Args/x"] - 0.3) ** 2 + (point["Args/y"] - 0.7) ** 2

    best = {
        method: sum(min(minimise(config(method, ROWS), seed, 32, square)) for seed in range(40))
        for method in ("quasi-random", "random")
    }
    assert best["quasi-random"] < 1.1 * best["random"]
