"""Errors in words for people at the page: what happened, and what to do about it."""

from typing import Any

from clearml_hpo_app.errors import (
    CredentialsRefused,
    HpoError,
    InvalidConfig,
    NotAnInstance,
    PreflightFailed,
    ServerUnavailable,
)

_KINDS: tuple[tuple[type[HpoError], str], ...] = (
    (CredentialsRefused, "credentials"),
    (ServerUnavailable, "away"),
    (NotAnInstance, "gone"),
    (PreflightFailed, "refused"),
    (InvalidConfig, "invalid"),
)


def trouble_json(error: HpoError) -> dict[str, Any]:
    """Return kind (`away`, `credentials`, `gone`, `refused`, `invalid`, `failed`) and text of an error."""
    kind = next((name for of_kind, name in _KINDS if isinstance(error, of_kind)), "failed")
    return {"kind": kind, "text": str(error)}
