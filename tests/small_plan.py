"""A small plan folder with a bit of everything that scenarios speak of."""

from __future__ import annotations

from pathlib import Path

import pandas as pd


def write_folder(path: Path) -> Path:
    """Write 48 accounts in two regions with their history, six seats, locks, rules, and a column nobody reads."""
    path.mkdir(parents=True)
    rows, history = [], []
    for i in range(48):
        row, column = divmod(i, 8)
        owner = f"T{1 + row // 2 + 3 * (column // 4)}"
        rows.append(
            {
                "account_id": f"A{i:02d}",
                "latitude": 42 + row / 10,
                "longitude": -93 + column / 10,
                "sales": 1000 + 37 * (i % 7),
                "segment": "big" if i % 3 == 0 else "small",
                "territory_id": owner,
                "locked": "yes" if i == 0 else "",
                "channel": "web" if i % 2 else "shop",
            }
        )
        history += [{"account_id": f"A{i:02d}", "period": y, "amount": 1000 + i} for y in (2023, 2024)]
    pd.DataFrame(rows).to_csv(path / "accounts.csv", index=False)
    pd.DataFrame(history).to_csv(path / "history.csv", index=False)
    seats = [(f"S{n}", f"T{n}", "west" if n <= 3 else "east") for n in range(1, 7)]
    pd.DataFrame(seats, columns=["seat_id", "territory_id", "region"]).to_csv(path / "seats.csv", index=False)
    nodes = [
        ("all", "", "company"),
        ("half", "all", "area"),
        ("west", "half", "region"),
        ("east", "all", "region"),
    ]
    pd.DataFrame(nodes, columns=["node_id", "parent_id", "level"]).to_csv(path / "hierarchy.csv", index=False)
    (path / "rules.csv").write_text("kind,name,account_id\nlock,keep,A01\nlock,,A02\n")
    (path / "plan.toml").write_text(
        'name = "Toy"\nbasic_unit = "account"\ncontiguous = false\n[measures]\nsales = 0.5\n'
        '[quota]\ntarget = "90000"\n'
    )
    return path
