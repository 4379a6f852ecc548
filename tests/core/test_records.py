"""Reader and AI agree, or not, by one rule wherever they are compared."""

from itertools import product

from core.records import Answer, Opinion, agree


def test_only_a_plain_yes_or_no_on_both_sides_is_compared() -> None:
    told = {(opinion, answer): agree(opinion, answer) for opinion, answer in product([*Opinion, None], [*Answer, None])}
    compared = {pair: same for pair, same in told.items() if same is not None}
    assert compared == {
        (Opinion.FRACTURE, Answer.FRACTURE): True,
        (Opinion.FRACTURE, Answer.NONE): False,
        (Opinion.NO_FRACTURE, Answer.FRACTURE): False,
        (Opinion.NO_FRACTURE, Answer.NONE): True,
    }
