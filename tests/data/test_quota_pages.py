"""Pages on fairness and risk: every kind of quotas gives one, its drawings are right, and anybody can read it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser

from data.export.chart import Axis, Chart, short
from data.export.fairness import fairness_record, fairness_rows
from data.export.fairness_page import bins, fairness_page
from data.export.quota_table import shown
from data.export.simulation import simulation_record, simulation_rows
from data.export.simulation_page import simulation_page
from data.export.text import plain
from data.quota_model import QuotaModel
from planner.quota.fairness import FairnessReport, Grounds, fairness
from planner.quota.outlook import Outlook
from planner.quota.simulate import simulate

EVIL = "<script>alert(1)</script>"


def report(n: int = 40, seed: int = 1, alike: bool = False) -> tuple[FairnessReport, list[str]]:
    """Return the fairness of drawn quotas, and names that bite."""
    rng = np.random.default_rng(seed)
    quota = np.round(rng.lognormal(18, 0.5, n), -2)
    sales = quota.copy() if alike else quota * np.exp(rng.normal(-0.02, 0.1, n))
    grounds = Grounds(
        expected_cents=sales,
        last_year_cents=quota / np.exp(rng.normal(0.05, 0.1, n)),
        potential=quota * np.exp(rng.normal(0, 0.2, n)),
        chance=rng.beta(8, 5, n),
        overridden=rng.random(n) < 0.12,
        over_assignment=0.08,
    )
    return fairness(quota, grounds), [f"T{k}{EVIL}" for k in range(n)]


def model(n: int = 30, target: float = 0.98, currency: str = "USD") -> QuotaModel:
    """Return what drawn quotas rest on."""
    mean = np.random.default_rng(2).lognormal(18, 0.5, n)
    ids = tuple(f"T{k}{EVIL}" for k in range(n))
    nothing, quota = np.full(n, np.nan), np.round(mean * 1.03).astype(np.int64)
    outlook = Outlook(mean, np.full(n, 0.1), 0.05, 0.05)
    cents = round(mean.sum() * target)
    none = np.zeros(n, bool)
    return QuotaModel(
        currency, 2027, "shrinkage", ids, ids, cents, quota, mean, nothing, nothing, none, outlook, None, ()
    )


def simulation(of: QuotaModel, probability: float = 0.8) -> str:
    """Return the page of a simulation."""
    assert of.outlook is not None
    risk = simulate(of.outlook, of.quota_cents, of.target_cents, draws=2000)
    return simulation_page("Made up", of, risk, probability)


def drawings(page: str) -> list[ElementTree.Element]:
    """Return the drawings of a page; they are well-formed or this fails."""
    return [ElementTree.fromstring(text) for text in re.findall(r"<svg.*?</svg>", page, re.DOTALL)]


def count(drawing: ElementTree.Element, tag: str, kind: str) -> int:
    return sum(kind in mark.attrib.get("class", "").split() for mark in drawing.iter(tag))


def test_every_seller_is_a_point_and_every_bar_is_counted() -> None:
    found, ids = report(40)
    shown_ = drawings(fairness_page("Made up", found, ids, "USD"))
    names = [drawing.attrib["aria-label"] for drawing in shown_]
    assert names[:4] == [
        f"Attainment against {what}" for what in ("quota", "potential", "last year's sales", "growth asked")
    ]
    for drawing in shown_[:4]:
        assert count(drawing, "circle", "dot") == 40
        assert count(drawing, "polyline", "line") == 1
        assert count(drawing, "polygon", "band") == 1
    bars = next(drawing for drawing in shown_ if drawing.attrib["aria-label"] == "Distribution of attainment")
    told = [mark.text or "" for mark in bars.iter("title")]
    assert sum(int(text.split(": ")[1].split()[0]) for text in told) == 40


def test_marks_stay_inside_their_drawing() -> None:
    pages = [fairness_page("x", *report(25, seed), "USD") for seed in range(4)] + [simulation(model())]
    for drawing in (drawing for page in pages for drawing in drawings(page)):
        width, height = map(float, drawing.attrib["viewBox"].split()[2:])
        for circle in drawing.iter("circle"):
            assert 0 <= float(circle.attrib["cx"]) <= width
            assert 0 <= float(circle.attrib["cy"]) <= height
        for line in (*drawing.iter("polyline"), *drawing.iter("polygon")):
            places = np.array([pair.split(",") for pair in line.attrib["points"].split()], float)
            assert (places >= 0).all()
            assert (places <= [width, height]).all()


def test_ten_thousand_sellers_make_no_huge_page() -> None:
    found, ids = report(10_000)
    page = fairness_page("Made up", found, ids, "USD")
    assert len(page) < 2_000_000
    assert "Every 7th seller is drawn." in page


@pytest.mark.parametrize(
    ("found", "ids"),
    [
        report(1),
        report(2),
        report(3),
        report(12, alike=True),
        (fairness(np.array([5e8, 0.0]), Grounds()), ["a", "b"]),
        (fairness(np.zeros(2), Grounds(expected_cents=[1, 2])), ["a", "b"]),
        (fairness(np.array([1.0, 1.0]), Grounds(actual_cents=[0, 0])), ["a", "b"]),
        (fairness(np.array([1.0, 1.0]), Grounds(actual_cents=[-5, 9e9])), ["a", "b"]),
    ],
)
def test_any_quotas_have_a_page_and_a_record(found: FairnessReport, ids: list[str]) -> None:
    page = fairness_page("Made up", found, ids, "JPY")
    assert "nan" not in page.lower().replace("finan", "")
    drawings(page)
    record = plain(fairness_record(found, ids, ids, "JPY"))
    assert len(record["territories"]) == len(ids)
    assert [flag["name"] for flag in record["flags"]] == [flag.name for flag in found.flags]


def test_tables_have_a_value_for_every_column() -> None:
    found, ids = report()
    of = model()
    assert of.outlook is not None
    risk = simulate(of.outlook, of.quota_cents, of.target_cents, draws=500)
    for table in (*fairness_rows(found, ids), *simulation_rows(of, risk, 0.8)):
        assert len(table.columns) == len(table.kinds)
        assert all(len(row) == len(table.columns) for row in table.rows)
        for row in table.rows:
            for value, kind in zip(row, table.kinds, strict=True):
                assert value is None or isinstance(value, str) == (kind == "text")


def test_amounts_are_in_the_decimals_of_their_currency() -> None:
    assert shown(123_456, "money", "USD") == "1,234.56"
    assert shown(123_456, "money", "JPY") == "123,456"
    assert shown(123_456, "amount", "KWD") == "123"
    assert shown(None, "money", "USD") == "–"
    assert shown(-0.125, "signed") == "-12.5 %"


@pytest.mark.parametrize(("n", "target"), [(1, 1.0), (30, 0.5), (30, 3.0), (400, 1.0)])
def test_any_risk_has_a_page(n: int, target: float) -> None:
    page = simulation(model(n, target), 0.95)
    assert len(drawings(page)) == 4
    assert "nan" not in page.lower().replace("finan", "")


def test_nothing_to_gain_and_nothing_to_carry_have_a_page_and_a_record() -> None:
    of = model(3)
    bare = QuotaModel(
        **{**of.__dict__, "target_cents": 0, "quota_cents": np.zeros(3, np.int64), "outlook": of.outlook}
    )
    assert len(drawings(simulation(bare))) == 3
    assert bare.outlook is not None
    risk = simulate(bare.outlook, bare.quota_cents, 0, draws=100)
    record = plain(simulation_record(bare, risk, 0.8))
    assert record["sellers_at_quota"] is None
    assert record["asked"]["over_assignment_as_attained"] is None


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize(
    "make", [lambda: fairness_page("Made up", *report(), "USD"), lambda: simulation(model())]
)
def test_people_can_read_the_pages(
    chromium: Browser, tmp_path: Path, make: Callable[[], str], width: int, scheme: str
) -> None:
    file = tmp_path / "page.html"
    file.write_text(make(), "utf-8")
    complaints: list[str] = []
    context = chromium.new_context(
        color_scheme=scheme, viewport={"width": width, "height": 800}, offline=True
    )
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("request", lambda request: complaints.append(request.url) if request.url[:5] != "file:" else None)
    page.goto(file.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    violations = Axe().run(page).response["violations"]
    context.close()
    assert complaints == []
    assert [one["id"] for one in violations] == []


@given(st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=20))
def test_axes_hold_their_values(values: list[float]) -> None:
    axis = Axis.of("x", values)
    assert axis.low <= min(values)
    assert max(values) <= axis.high
    assert 2 <= len(axis.ticks) <= 8
    assert all(0 <= axis.share(value) <= 1 for value in values)


@given(st.lists(st.floats(1e-6, 1e12), min_size=1, max_size=20))
def test_axes_of_factors_hold_their_values(values: list[float]) -> None:
    axis = Axis.of("x", values, log=True)
    assert 1 <= len(axis.ticks) <= 12
    assert all(0 < axis.share(value) < 1 for value in values)
    assert all(axis.low <= tick <= axis.high for tick in axis.ticks)


@given(st.lists(st.floats(0, 50), min_size=1, max_size=50))
def test_bars_hold_all_of_what_is_near_quota(values: list[float]) -> None:
    found = np.array(values)
    edges = bins(found)
    assert 2 <= len(edges) <= 45
    assert edges[0] <= min(values) or min(values) >= 3
    assert edges[-1] >= min(max(values), 3.0) - 1e-9


def test_names_are_text_and_never_run() -> None:
    chart = Chart(Axis.of(EVIL, [0, 1]), Axis.of("y", [0, 1]), EVIL)
    chart.dots([0.5], [0.5], [EVIL])
    chart.upright(0.5, EVIL)
    assert "<script" not in chart.figure(EVIL, EVIL)
    ElementTree.fromstring(chart.svg())


@pytest.mark.parametrize(
    ("value", "text"), [(1234, "1.23k"), (12_345_678, "12.3M"), (0.25, "0.25"), (0, "0"), (-5e9, "-5G")]
)
def test_short_numbers(value: float, text: str) -> None:
    assert short(value) == text
