"""Charts: what is there shows, and nothing stands out of its frame."""

from app.pages.charts import HEIGHT, bars


def test_a_bar_is_as_high_as_its_share_and_one_decision_among_thousands_shows() -> None:
    chart = bars([("a", {"allow": 5000, "deny": 1}), ("b", {"defer": 2500}), ("c", {})], room=24)
    first, second, third = (sum(piece.height for piece in bar.pieces) for bar in chart.bars)
    assert HEIGHT <= first < HEIGHT + 2
    assert round(second) == HEIGHT // 2
    assert third == 0
    assert chart.bars[0].pieces[1].height >= 1
    assert all(piece.y >= 0 for bar in chart.bars for piece in bar.pieces)
    assert (chart.top, chart.width) == (5001, 240)


def test_a_chart_of_nothing_has_no_top() -> None:
    assert bars([("a", {})], room=1).top == 0
