"""Settings about who may come in, and from where."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from planner.roles import Role

Names = Annotated[tuple[str, ...], NoDecode]
"""A list written with commas."""


def is_loopback(host: str) -> bool:
    """Return whether a name or an address to listen on is of this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class IdentitySettings(BaseSettings):
    """Who may come in, and from where."""

    model_config = SettingsConfigDict(env_prefix="PLANNER_", frozen=True)

    mode: Literal["local", "team"] = Field(
        default="local",
        description="`local`: one person on this machine, nobody signs in. `team`: people with accounts sign in.",
    )
    behind_tls: bool = Field(
        default=False,
        description="Whether browsers reach the service by https, which a proxy in front of it ends. "
        "Cookies are then for https only.",
    )
    allowed_hosts: Names = Field(
        default=(),
        description="Host names that browsers may use besides localhost, with commas between; "
        "`.example.org` stands for every name below it.",
    )
    trusted_proxies: Names = Field(
        default=(),
        description="Addresses or networks of proxies whose `X-Forwarded-For` is believed, with commas between.",
    )
    session_hours: float = Field(
        default=24 * 7,
        gt=0,
        le=24 * 365,
        description="Hours until a person has to sign in again, whatever they do.",
    )
    session_idle_minutes: float = Field(
        default=8 * 60,
        gt=0,
        le=60 * 24 * 365,
        description="Minutes without a request until a person has to sign in again.",
    )
    token_days: int = Field(
        default=365, ge=1, le=3650, description="Longest life of a token of a program, in days."
    )
    password_length: int = Field(
        default=12, ge=8, le=128, description="Fewest characters of a password that is set from now on."
    )
    oidc_issuer: str = Field(
        default="",
        description="Address of the company's identity provider (OpenID Connect) that people may sign in with; "
        "empty for none.",
    )
    oidc_client_id: str = Field(default="", description="What the identity provider calls this service.")
    oidc_client_secret: SecretStr = Field(
        default=SecretStr(""),
        description="Secret that the identity provider gave to this service; empty for none.",
    )
    oidc_name: str = Field(
        default="company account", description="What the identity provider is called on the page to sign in."
    )
    oidc_scopes: str = Field(
        default="openid profile email",
        description="What the identity provider is asked for, with spaces between.",
    )
    oidc_login_claim: str = Field(
        default="email", description="Claim that tells the login of a person who comes for the first time."
    )
    oidc_roles_claim: str = Field(
        default="",
        description="Claim that lists what a person is, read at every sign-in; empty to keep roles here.",
    )
    oidc_roles: Names = Field(
        default=(),
        description="What values of that claim stand for, as `value=role` with commas between. "
        "Names of roles stand for themselves, but `admin`.",
    )
    oidc_regions_claim: str = Field(
        default="",
        description="Claim that lists the regions of a person, read at every sign-in; empty to keep them here.",
    )
    oidc_default_role: Literal["", "viewer", "manager", "finance", "planner"] = Field(
        default="viewer",
        description="What a person is whose claims name no role; empty to turn such people away. "
        "Without regions a viewer sees everything, a manager nothing.",
    )

    @field_validator("allowed_hosts", "trusted_proxies", "oidc_roles", mode="before")
    @classmethod
    def _between_commas(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for part in value:
            try:
                ipaddress.ip_network(part, strict=False)
            except ValueError:
                raise ValueError(
                    f"{part!r} is no address and no network, such as 10.0.0.5 or 10.0.0.0/24."
                ) from None
        return value

    @field_validator("oidc_roles")
    @classmethod
    def _known_roles(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for part in value:
            name, equals, role = part.rpartition("=")
            if not equals or not name or role not in set(Role):
                raise ValueError(f"{part!r} is not value=role with a role of {', '.join(Role)}.")
        return value

    @field_validator("oidc_issuer")
    @classmethod
    def _issuer(cls, value: str) -> str:
        if not value:
            return value
        secure = value.startswith("https://")
        here = value.startswith(("http://localhost", "http://127.0.0.1", "http://[::1]"))
        if not secure and not here:
            raise ValueError(
                f"{value!r} does not begin with https://, so that anybody in between could answer for it."
            )
        return value.rstrip("/")

    @model_validator(mode="after")
    def _whole(self) -> IdentitySettings:
        if self.oidc_issuer and not self.oidc_client_id:
            raise ValueError("PLANNER_OIDC_ISSUER is set: set PLANNER_OIDC_CLIENT_ID too.")
        return self

    @property
    def team(self) -> bool:
        """Whether people sign in."""
        return self.mode == "team"

    def role_of_claim(self, value: str) -> Role | None:
        """Return the role that a value of the claim stands for; None for none."""
        stated = dict(part.rpartition("=")[::2] for part in self.oidc_roles)
        found = stated.get(value, value if value != Role.ADMIN else "")
        return Role(found) if found in set(Role) else None


def refusal_to_listen(host: str, settings: IdentitySettings) -> str | None:
    """Return why a service may not listen on `host`; None where it may."""
    if is_loopback(host):
        return None
    if not settings.team:
        return (
            f"{host!r} would open the service to other machines, and nobody has to sign in. Use 127.0.0.1, ::1 or "
            "localhost, or let people sign in with PLANNER_MODE=team."
        )
    if not settings.behind_tls:
        return (
            f"{host!r} would send passwords over the network where everybody in between can read them. Put a proxy "
            "that speaks https in front and say so with PLANNER_BEHIND_TLS=true, or use 127.0.0.1, ::1 or localhost."
        )
    return None
