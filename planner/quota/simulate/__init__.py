"""How likely the plan is: many years drawn from what territories may sell, all hit by one common shock."""

from planner.quota.simulate.calibration import Calibration, calibrate
from planner.quota.simulate.risk import Distribution, Risk
from planner.quota.simulate.running import simulate
from planner.quota.simulate.seats import expected_while_there, outlook_while_there

__all__ = [
    "Calibration",
    "Distribution",
    "Risk",
    "calibrate",
    "expected_while_there",
    "outlook_while_there",
    "simulate",
]
