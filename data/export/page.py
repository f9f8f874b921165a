"""The shell of every page that is one file: what it looks like, its tables and key numbers; drawings are in `chart`.

No scripts and nothing from the network: colours follow the reader's light or dark setting, wide tables scroll on
their own on a narrow screen, and tables say all that drawings show.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

STYLE = """
:root { color-scheme: light dark; --ground: light-dark(#f5f6f8, #0e1116); --surface: light-dark(#fff, #161a21);
  --line: light-dark(#c9ced6, #39424e); --text: light-dark(#161b22, #e9ecf1); --muted: light-dark(#565f6c, #a3adba);
  --accent: light-dark(#2456c9, #8db0ff); --on-accent: light-dark(#fff, #0d1528);
  --today: light-dark(#8a4b00, #f2b866); --good: light-dark(#1c6e3d, #7fd6a2); --bad: light-dark(#b3261e, #ff9c92); }
body { margin: 0 auto; max-width: 84rem; padding: 1.5rem; background: var(--ground); color: var(--text);
  font: 15px/1.5 ui-sans-serif, system-ui, "Segoe UI", Roboto, Arial, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; } h2 { font-size: 1.15rem; margin: 1.75rem 0 .5rem; }
p { color: var(--muted); margin: 0 0 1rem; max-width: 60rem; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 22rem), 1fr)); gap: 1rem;
  margin-bottom: 1.5rem; align-items: start; }
figure { margin: 0; background: var(--surface); border: 1px solid var(--line); border-radius: 10px; }
figcaption { color: var(--muted); font-size: .87rem;
  padding: 0 1rem .75rem; }
figure h3 { font-size: 1rem; margin: .75rem 1rem 0; }
svg { display: block; width: 100%; height: auto; } svg text { fill: var(--text); font-size: 12px; }
svg .tick { fill: var(--muted); } svg .grid { stroke: var(--line); stroke-width: .6; }
svg .axis { stroke: var(--muted); }
svg circle { fill: var(--accent); } svg .mark { fill: var(--on-accent); font-weight: 700; text-anchor: middle; }
svg .today { fill: var(--today); } svg a:focus circle, svg a:hover circle { stroke: var(--text); stroke-width: 3; }
svg circle.dot { fill-opacity: .62; stroke: var(--surface); stroke-width: .7; }
svg circle.before { fill: var(--today); }
svg .bar { fill: var(--accent); stroke: var(--surface); } svg .bar.other { fill: var(--line); }
svg .band { fill: var(--accent); fill-opacity: .16; } svg .line { fill: none; stroke: var(--accent); stroke-width: 2; }
svg .mean { fill: none; stroke: var(--today); stroke-width: 1.6; stroke-dasharray: 5 4; }
svg .name { fill: var(--today); font-size: 11px; } svg .up { stroke: var(--good); stroke-width: 2; }
svg .down { stroke: var(--bad); stroke-width: 2; }
.numbers { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: .75rem;
  margin: 0 0 1.5rem; padding: 0; }
.numbers div { background: var(--surface); border: 1px solid var(--line); border-radius: 10px; padding: .6rem .9rem; }
.numbers dt { color: var(--muted); font-size: .87rem; } .numbers dd { margin: 0; font-size: 1.3rem; font-weight: 600; }
.numbers dd + dd { font-size: .87rem; font-weight: 400; color: var(--muted); }
.findings { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 24rem), 1fr)); gap: .75rem;
  list-style: none; margin: 0 0 1.5rem; padding: 0; }
.findings li { background: var(--surface); border: 1px solid var(--line); border-radius: 10px; padding: .6rem .9rem; }
.findings strong { display: block; } .findings small { display: block; color: var(--muted); }
.tables { display: flex; flex-wrap: wrap; gap: 1rem 1.5rem; align-items: flex-start; }
.tables .scroll { max-width: 100%; } .tables table { width: auto; } .tables th, .tables td { padding: .3rem .75rem; }
.good { color: var(--good); } .bad { color: var(--bad); } .watch { color: var(--today); }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; background: var(--surface); }
td:not(.n) { min-width: 7rem; } tbody th { min-width: 8rem; }
caption { text-align: left; color: var(--muted); padding: .25rem 0; }
th, td { text-align: left; padding: .5rem .75rem; border-bottom: 1px solid var(--line); vertical-align: top; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; } a { color: var(--accent); }
"""


@dataclass(frozen=True)
class Number:
    """One key number of a page.

    Parameters
    ----------
    name, value
        What it is, and how much, ready to show.
    told
        What it means; empty for nothing.
    tone
        ``good``, ``watch`` or ``bad`` where it is judged; empty where not.
    """

    name: str
    value: str
    told: str = ""
    tone: str = ""


def page(title: str, body: str, lead: str = "") -> str:
    """Return a whole page.

    Parameters
    ----------
    title, lead
        Title and first sentence, plain text.
    body
        HTML, as the functions beside and `data.export.chart` make it.
    """
    return f"""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title><style>{STYLE}</style></head>
<body><main>
<h1>{escape(title)}</h1>
<p>{escape(lead)}</p>
{body}
</main></body></html>
"""


@dataclass(frozen=True)
class Finding:
    """One finding with its verdict.

    Parameters
    ----------
    title, verdict
        What was judged, and the verdict, both in words.
    text, todo, source
        The finding, what to do about it, and where its limits come from; what is empty is left out.
    tone
        ``good``, ``watch``, ``bad`` or empty.
    """

    title: str
    verdict: str
    text: str
    todo: str = ""
    source: str = ""
    tone: str = ""


def findings(shown: Sequence[Finding]) -> str:
    """Return findings as a list of cards."""
    cards = "\n".join(
        f'<li><strong>{escape(one.title)} – <span class="{escape(one.tone)}">{escape(one.verdict)}</span></strong>'
        f"{escape(one.text)} {escape(one.todo)}<small>{escape(one.source)}</small></li>"
        for one in shown
    )
    return f'<ul class="findings">\n{cards}\n</ul>'


def section(heading: str, body: str, lead: str = "") -> str:
    """Return a part of a page with a heading of its own and, where there is one, a sentence below it."""
    told = f"\n<p>{escape(lead)}</p>" if lead else ""
    return f"<section><h2>{escape(heading)}</h2>{told}\n{body}\n</section>"


def numbers(shown: Sequence[Number]) -> str:
    """Return key numbers as cards side by side."""
    cards = "\n".join(
        f'<div><dt>{escape(one.name)}</dt><dd class="{escape(one.tone)}">{escape(one.value)}</dd>'
        + (f"<dd>{escape(one.told)}</dd>" if one.told else "")
        + "</div>"
        for one in shown
    )
    return f'<dl class="numbers">\n{cards}\n</dl>'


def figures(drawn: Sequence[str]) -> str:
    """Return figures side by side, as many in a row as fit."""
    return '<div class="charts">\n' + "\n".join(drawn) + "\n</div>"


def tables(shown: Sequence[str]) -> str:
    """Return tables side by side, each as wide as it needs."""
    return '<div class="tables">\n' + "\n".join(shown) + "\n</div>"


def html_table(
    caption: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    text_columns: Sequence[int] = (0,),
    tones: Sequence[str] = (),
) -> str:
    """Return a table that scrolls by itself where it is wider than the screen.

    Parameters
    ----------
    caption
        What it holds.
    columns, rows
        Names, and cells ready to show; plain text.
    text_columns
        Positions of columns that are text; the others are numbers, aligned right.
    tones
        ``good``, ``watch``, ``bad`` or empty for the first cell of each row; none where absent.
    """

    def shown(tag: str, cell: str, at: int, more: str = "", tone: str = "") -> str:
        kinds = " ".join(kind for kind in ("" if at in text_columns else "n", tone) if kind)
        kinds = f' class="{kinds}"' if kinds else ""
        return f"<{tag}{kinds}{more}>{escape(cell)}</{tag}>"

    head = "".join(shown("th", name, at, ' scope="col"') for at, name in enumerate(columns))
    body = []
    for position, row in enumerate(rows):
        tone = tones[position] if tones else ""
        first = shown("th", row[0], 0, ' scope="row"', tone) if row else ""
        body.append(
            "<tr>" + first + "".join(shown("td", cell, at) for at, cell in enumerate(row) if at) + "</tr>"
        )
    return (
        f'<div class="scroll" tabindex="0"><table><caption>{escape(caption)}</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n" + "\n".join(body) + "\n</tbody></table></div>"
    )
