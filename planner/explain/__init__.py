"""Why each account is where it is, what holds it there, and what any other home would cost."""

from planner.explain.explaining import Explainer, Explanation, Home
from planner.explain.moves import Change, Moves, UnitMoves
from planner.explain.obstacles import Obstacle
from planner.explain.pins import Pin
from planner.explain.reasons import reasons

__all__ = ["Change", "Explainer", "Explanation", "Home", "Moves", "Obstacle", "Pin", "UnitMoves", "reasons"]
