"""Cut the reference table of US postal codes from a downloaded table of ZIP codes.

    python -m data.reference.build_us_postal_codes --source DIR

DIR holds ``us_zip.parquet`` with the columns ``zip``, ``state``, ``lat`` and ``lon``. Codes without a
position are left out; nothing is made up.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd

TABLE = Path(__file__).with_name("us_postal_codes.parquet")


def postal_codes(zips: pd.DataFrame) -> pd.DataFrame:
    """Return code, state and position (degrees, to about 10 m), one row a code."""
    table = pd.DataFrame(
        {
            "postal_code": zips["zip"].astype(str),
            "state": zips["state"].fillna("").astype(str),
            "latitude": zips["lat"].round(4).astype("float32"),
            "longitude": zips["lon"].round(4).astype("float32"),
        }
    )
    placed = table.dropna(subset=["latitude", "longitude"])
    return placed.sort_values("postal_code", ignore_index=True)


def main() -> None:
    """Write the table beside this script."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--source", type=Path, required=True, help="folder that holds us_zip.parquet")
    source = parser.parse_args().source
    table = postal_codes(pd.read_parquet(source / "us_zip.parquet"))
    table.to_parquet(TABLE, index=False, compression="zstd", compression_level=19)


if __name__ == "__main__":
    main()
