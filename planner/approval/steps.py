"""The stages of a plan on its way to being in force, and the steps that lead from one to another.

::

    draft ─propose─▸ proposed ─review─▸ in review ─approve─▸ approved ─validate─▸ validated ─publish─▸ published
      ◂──────────────────withdraw───────────┴───────────────────┤                     │                   │
                                            ◂─────send back─────┘                     │                   │
                                            ◂─────────────────reopen──────────────────┴───────────────────┤
                                                                                      ◂──────recall───────┘

Reopening may also lead back to a draft, or no further than to approved.
"""

from __future__ import annotations

from enum import StrEnum

from planner.roles import Permission


class Stage(StrEnum):
    """How far a plan is agreed."""

    DRAFT = "draft"
    """With the planner."""
    PROPOSED = "proposed"
    """Shown to sales; nobody has looked at it yet."""
    IN_REVIEW = "in_review"
    """The managers read, challenge, approve, each for the own regions."""
    APPROVED = "approved"
    """Every region is approved by sales."""
    VALIDATED = "validated"
    """Finance has proved that it ties out; nothing changes any more."""
    PUBLISHED = "published"
    """In force from a day on."""

    @property
    def frozen(self) -> bool:
        """Whether accounts and quotas may no longer change."""
        return self in (Stage.VALIDATED, Stage.PUBLISHED)

    @property
    def rank(self) -> int:
        """Position on the way, 0 for a draft."""
        return list(Stage).index(self)

    @property
    def words(self) -> str:
        """The name for people."""
        return self.value.replace("_", " ")


class Step(StrEnum):
    """What somebody does to bring a plan forward, or back."""

    PROPOSE = "propose"
    """Show a draft to sales."""
    REVIEW = "review"
    """Begin to read it."""
    APPROVE = "approve"
    """Approve one region."""
    REJECT = "reject"
    """Refuse one region; it goes back to who proposed the plan, the other regions stay as they are."""
    ASK_AGAIN = "ask_again"
    """Put a region that was refused before its manager once more."""
    WITHDRAW = "withdraw"
    """Take the proposal back; every approval is void."""
    SEND_BACK = "send_back"
    """Refuse what sales has approved; it goes back to review, with approvals of some regions or all of them void."""
    VALIDATE = "validate"
    """Prove that quotas tie out, and freeze."""
    PUBLISH = "publish"
    """Put in force from a day on."""
    RECALL = "recall"
    """Take a publication back."""
    REOPEN = "reopen"
    """Let a frozen plan be changed again; what came after the stage it goes back to is void."""

    @property
    def words(self) -> str:
        """The name for people."""
        return self.value.replace("_", " ")


FROM: dict[Step, frozenset[Stage]] = {
    Step.PROPOSE: frozenset({Stage.DRAFT}),
    Step.REVIEW: frozenset({Stage.PROPOSED}),
    Step.APPROVE: frozenset({Stage.IN_REVIEW, Stage.APPROVED}),
    Step.REJECT: frozenset({Stage.IN_REVIEW, Stage.APPROVED}),
    Step.ASK_AGAIN: frozenset({Stage.IN_REVIEW}),
    Step.WITHDRAW: frozenset({Stage.PROPOSED, Stage.IN_REVIEW, Stage.APPROVED}),
    Step.SEND_BACK: frozenset({Stage.APPROVED}),
    Step.VALIDATE: frozenset({Stage.APPROVED}),
    Step.PUBLISH: frozenset({Stage.VALIDATED}),
    Step.RECALL: frozenset({Stage.PUBLISHED}),
    Step.REOPEN: frozenset({Stage.VALIDATED, Stage.PUBLISHED}),
}
"""Stages in which a step can be taken."""

OF_A_REGION = frozenset({Step.APPROVE, Step.REJECT, Step.ASK_AGAIN})
"""Steps that concern one region."""

NEEDS_REASON = frozenset({Step.REJECT, Step.WITHDRAW, Step.SEND_BACK, Step.RECALL, Step.REOPEN})
"""Steps that nobody takes without saying why; approving for somebody else is one more."""

REOPENS_TO = frozenset({Stage.DRAFT, Stage.IN_REVIEW, Stage.APPROVED})
"""Stages that a frozen plan can be reopened to."""

PERMISSION: dict[Step, Permission] = {
    Step.PROPOSE: Permission.PLAN,
    Step.REVIEW: Permission.CHALLENGE,
    Step.APPROVE: Permission.APPROVE,
    Step.REJECT: Permission.APPROVE,
    Step.ASK_AGAIN: Permission.PLAN,
    Step.WITHDRAW: Permission.PLAN,
    Step.SEND_BACK: Permission.VALIDATE,
    Step.VALIDATE: Permission.VALIDATE,
    Step.PUBLISH: Permission.PUBLISH,
    Step.RECALL: Permission.PUBLISH,
    Step.REOPEN: Permission.VALIDATE,
}
"""What each step asks for."""

ON_BEHALF = Permission.PLAN
"""What approving for the manager of a region asks for."""
