"""Signing in with the company's identity provider: OpenID Connect, authorization code flow with PKCE.

Sources: OpenID Connect Core 1.0; RFC 7636 (PKCE); RFC 9700 (OAuth 2.0 security best current practice).

What has to come back unchanged (state, nonce, code verifier, where to go) stands in a cookie of ten minutes that only
this browser sends; the provider sees a hash of the verifier until it is redeemed. Authlib is loaded here only: it is an
optional extra.
"""

from __future__ import annotations

import base64
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from api.errors import ApiError
from api.identity.returning import safe_path
from api.settings import Settings

COOKIE = "planner_company"
LASTS_S = 600
RETURN_PATH = "/sign-in/company/return"
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
_LEEWAY_S = 60
_PATIENCE_S = 10.0
_LARGEST_ANSWER = 1024 * 1024


@dataclass(frozen=True)
class Flow:
    """A sign-in that was begun: what has to come back, and where to go then."""

    state: str
    nonce: str
    verifier: str
    path: str

    def sealed(self) -> str:
        """Return it as the value of a cookie."""
        return base64.urlsafe_b64encode(json.dumps(asdict(self)).encode("utf-8")).decode("ascii")

    @classmethod
    def of(cls, value: str | None) -> Flow | None:
        """Return it from the value of a cookie; None where that is none."""
        try:
            found = json.loads(base64.urlsafe_b64decode(value or ""))
            flow = cls(**{name: str(found[name]) for name in ("state", "nonce", "verifier", "path")})
        except (ValueError, TypeError, KeyError, RecursionError):
            return None
        return cls(flow.state, flow.nonce, flow.verifier, safe_path(flow.path))


@dataclass(frozen=True)
class Provider:
    """Where an identity provider does what."""

    issuer: str
    authorize_url: str
    token_url: str
    keys_url: str
    userinfo_url: str | None


def is_installed() -> bool:
    """Return whether the optional extra is there."""
    try:
        import authlib.oidc.core  # noqa: F401
    except ImportError:
        return False
    return True


def begin(settings: Settings, redirect_uri: str, path: str) -> tuple[str, Flow]:
    """Return where to send the browser, and what has to come back.

    Raises
    ------
    ApiError
        502 where the provider does not answer as it should.
    """
    from authlib.oauth2.rfc7636 import create_s256_code_challenge

    provider = discover(settings.oidc_issuer)
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    flow = Flow(state, nonce, verifier, safe_path(path))
    query = {
        "response_type": "code",
        "client_id": settings.oidc_client_id,
        "redirect_uri": redirect_uri,
        "scope": settings.oidc_scopes,
        "state": flow.state,
        "nonce": flow.nonce,
        "code_challenge": create_s256_code_challenge(flow.verifier),
        "code_challenge_method": "S256",
    }
    joint = "&" if urlsplit(provider.authorize_url).query else "?"
    return f"{provider.authorize_url}{joint}{urlencode(query)}", flow


def finish(settings: Settings, redirect_uri: str, flow: Flow, query: Mapping[str, str]) -> dict[str, Any]:
    """Return what the provider says of who signed in: the claims of the ID token and of its user-info.

    Parameters
    ----------
    redirect_uri
        The same as when it began.
    flow
        What the cookie of this browser says.
    query
        What came back.

    Raises
    ------
    ApiError
        403 where the provider refused, where what came back belongs to another sign-in, or where the ID token proves
        nothing; 502 where the provider does not answer as it should.
    """
    if not hmac.compare_digest(query.get("state", "").encode(), flow.state.encode()):
        raise refused("the answer belongs to another attempt to sign in. Try again.")
    if "error" in query:
        raise refused(query.get("error_description") or query["error"])
    provider = discover(settings.oidc_issuer)
    if query.get("iss", provider.issuer) != provider.issuer:
        raise refused("the answer came from another provider.")
    tokens = _redeem(settings, provider, redirect_uri, flow, query.get("code", ""))
    claims = _proved(settings, provider, flow, tokens)
    if provider.userinfo_url is not None and "access_token" in tokens:
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        more = _asked("GET", provider.userinfo_url, headers=headers)
        if more.get("sub") == claims["sub"]:
            claims = {**more, **claims}
    return claims


def refused(why: str) -> ApiError:
    """Return the error for somebody whom the provider does not let in."""
    return ApiError(403, "company-refused", why[:300])


@lru_cache(maxsize=4)
def discover(issuer: str) -> Provider:
    """Return where a provider does what, as it says itself; kept while the service runs.

    Raises
    ------
    ApiError
        502 where it does not answer, answers for another issuer, or would have secrets sent without https.
    """
    told = _asked("GET", f"{issuer}/.well-known/openid-configuration")
    if str(told.get("issuer", "")).rstrip("/") != issuer:
        raise _silent(f"it answers for {told.get('issuer')!r}")
    found = {
        name: told.get(name)
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint")
    }
    for name, url in found.items():
        if url is None and name == "userinfo_endpoint":
            continue
        if not isinstance(url, str) or not _is_private(url):
            raise _silent(f"its {name} is no https address")
    return Provider(
        told["issuer"],
        str(found["authorization_endpoint"]),
        str(found["token_endpoint"]),
        str(found["jwks_uri"]),
        found["userinfo_endpoint"],
    )


def _redeem(
    settings: Settings, provider: Provider, redirect_uri: str, flow: Flow, code: str
) -> dict[str, Any]:
    body = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": flow.verifier,
    }
    secret = settings.oidc_client_secret.get_secret_value()
    if secret:
        proof = (quote(settings.oidc_client_id, safe=""), quote(secret, safe=""))  # RFC 6749, 2.3.1
        return _asked("POST", provider.token_url, data=body, auth=proof)
    return _asked("POST", provider.token_url, data={**body, "client_id": settings.oidc_client_id})


def _proved(settings: Settings, provider: Provider, flow: Flow, tokens: dict[str, Any]) -> dict[str, Any]:
    """Return the claims of an ID token that this provider signed, for this service, for this sign-in."""
    from authlib.oidc.core import CodeIDToken
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    keys: Any = _asked("GET", provider.keys_url)
    try:
        token = jwt.decode(str(tokens.get("id_token", "")), KeySet.import_key_set(keys), _ALGORITHMS)
        claims = CodeIDToken(
            token.claims,
            token.header,
            {
                "iss": {"essential": True, "value": provider.issuer},
                "aud": {"essential": True, "value": settings.oidc_client_id},
            },
            {
                "nonce": flow.nonce,
                "client_id": settings.oidc_client_id,
                "access_token": tokens.get("access_token"),
            },
        )
        claims.validate(leeway=_LEEWAY_S)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise refused(f"what it says cannot be believed ({error}).") from error
    if not isinstance(claims["sub"], str) or not claims["sub"]:
        raise refused("it does not say who you are.")
    return dict(claims)


def _asked(method: str, url: str, **given: Any) -> dict[str, Any]:
    import httpx

    try:
        with httpx.Client(timeout=_PATIENCE_S, follow_redirects=False) as client:
            answer = client.request(method, url, **given)
        found = answer.json() if len(answer.content) <= _LARGEST_ANSWER else None
    except (httpx.HTTPError, ValueError, RecursionError) as error:
        raise _silent(type(error).__name__) from error
    if not isinstance(found, dict):
        raise _silent("it sent something else than was asked for")
    if answer.is_client_error and "error" in found:
        raise refused(str(found.get("error_description") or found["error"]))
    if not answer.is_success:
        raise _silent(f"status {answer.status_code}")
    return found


def _silent(why: str) -> ApiError:
    return ApiError(502, "company-silent", f"The identity provider does not answer as it should: {why}.")


def _is_private(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" or (
        parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1")
    )
