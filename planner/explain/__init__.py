"""Why each account is where it is, what holds it there, and what any other home would cost."""

from planner.explain.moves import Moves, UnitMoves

__all__ = ["Moves", "UnitMoves"]
