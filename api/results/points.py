"""Account points in binary: what a browser can hand to typed arrays as it comes.

Little endian; ``n`` is the number of points:

========  ==========  =======================================================================
offset    type        content
========  ==========  =======================================================================
0         4 bytes     ``TPP1``
4         uint32      n
8         float32[n]  longitude, degrees
8 + 4n    float32[n]  latitude, degrees
8 + 8n    uint32[n]   position of the account among all accounts of the plan
8 + 12n   uint16[n]   territory of the plan, counted as in the territory table; 65535: nobody
8 + 14n   uint16[n]   territory before the plan, the same way
8 + 16n   uint8[n]    size: 255 · √(first measure ÷ its greatest)
========  ==========  =======================================================================
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

NOBODY = 65535
MEDIA_TYPE = "application/octet-stream"


def encode(
    place_deg: NDArray[np.float64],
    position: NDArray[np.integer],
    after: NDArray[np.integer],
    before: NDArray[np.integer],
    weight: NDArray[np.float64],
) -> bytes:
    """Return points in the layout above.

    Parameters
    ----------
    place_deg
        Longitude and latitude, shape ``(n, 2)``.
    position, after, before
        Position of each account, its territory and its previous one, shape ``(n,)``; negative for nobody.
    weight
        First measure of each account, shape ``(n,)``, ≥ 0.
    """
    greatest = float(weight.max(initial=0.0))
    size = 255 * np.sqrt(weight / greatest) if greatest > 0 else np.full(len(weight), 128.0)
    parts = (
        place_deg[:, 0].astype("<f4"),
        place_deg[:, 1].astype("<f4"),
        position.astype("<u4"),
        np.where(after < 0, NOBODY, after).astype("<u2"),
        np.where(before < 0, NOBODY, before).astype("<u2"),
        np.rint(size).astype("u1"),
    )
    header = b"TPP1" + len(position).to_bytes(4, "little")
    return header + b"".join(part.tobytes() for part in parts)
