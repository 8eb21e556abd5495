"""Faults: what the server answers instead of data, with ClearML's result code and subcode.

A fault knows how its message reads on the wire ("Invalid task id: id=…, company=…"); who catches it decides
whether it ends the request or becomes one row of a batch's `failed` list.
"""

from typing import Any


class Fault(Exception):
    """A refusal that goes back to the client.

    Attributes:
        code: Result code, which is also the HTTP status.
        subcode: ClearML's result subcode.
        details: What the message names, in order.
    """

    # Whether what was written before it stays written.
    keep = False

    def __init__(self, code: int, subcode: int, text: str, /, **details: Any) -> None:
        self.code = code
        self.subcode = subcode
        self.details = details
        named = ", ".join(f"{key}={_shown(value)}" for key, value in details.items())
        super().__init__(f"{text}: {named}" if named else text)

    def row(self, key: str) -> dict[str, Any]:
        """Return this fault as a row of a batch's `failed` list, for the entity `key`."""
        error = {"codes": [self.code, self.subcode], "msg": str(self), "data": self.details}
        return {"id": key, "error": error}


class PartlyStored(Fault):
    """A refusal after which the good part of the request stays stored, as on the real server."""

    keep = True


def _shown(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return f"({', '.join(str(item) for item in value)})"
    return str(value)


def invalid(text: str, **details: Any) -> Fault:
    """Return the fault of a request that does not fit its schema."""
    return Fault(400, 12, f"Validation error ({text})", **details)


def missing(*names: str) -> Fault:
    """Return the fault of a request without its required fields `names`."""
    return Fault(400, 11, "Missing required fields", missing=names)


def unresolved(name: str) -> Fault:
    """Return the fault of a request that names the unknown field `name`."""
    text = "Lookup error (probably an invalid field name or unsupported nested field)"
    return Fault(400, 14, text, err=f'Cannot resolve field "{name}"')


def too_short(field: str = "name") -> Fault:
    """Return the fault of a name that is under three characters."""
    return Fault(400, 800, "Data validation error", **{field: "String value is too short"})


def taken(**details: Any) -> Fault:
    """Return the fault of a value that must be unique and is not."""
    text = "Value combination already exists (unique field already contains this value)"
    return Fault(400, 801, text, **details)


def unknown_task(company: str, key: str) -> Fault:
    """Return the fault of a task id that names nothing."""
    return Fault(400, 101, "Invalid task id", id=key, company=company)
