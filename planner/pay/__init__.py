"""What quotas cost in pay: pay plans, payout curves, cost at plan and as sales may turn out."""

from planner.pay.cost import compensation
from planner.pay.credited import CreditedQuotas, credited_quotas
from planner.pay.curve import PayoutCurve, Tier, payout_fraction
from planner.pay.pay_plan import Bonus, PayComponent, PayPlan
from planner.pay.payments import Payments, TargetPay, payments, payout_cents, target_pay
from planner.pay.report import CompensationReport, CostLevel, SeatPay
from planner.pay.settings import PaidSeats, PaySettings

__all__ = [
    "Bonus",
    "CompensationReport",
    "CostLevel",
    "CreditedQuotas",
    "PaidSeats",
    "PayComponent",
    "PayPlan",
    "PaySettings",
    "Payments",
    "PayoutCurve",
    "SeatPay",
    "TargetPay",
    "Tier",
    "compensation",
    "credited_quotas",
    "payments",
    "payout_cents",
    "payout_fraction",
    "target_pay",
]
