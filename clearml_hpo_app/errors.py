"""Every error that a user can meet, as one tree.

    HpoError
    ├── UsageError            what the user gave cannot be used             exit code 2
    │   ├── InvalidConfig     the configuration has violations (all listed)
    │   └── UnreadableFile    a configuration or export file cannot be read
    ├── PreflightFailed       the server says that the run cannot work      exit code 1
    ├── NotAnInstance         the named task is no instance of this application
    ├── HeldElsewhere         another controller works on the instance
    ├── MissingExtra          a part needs an extra that is not installed
    ├── SpaceExhausted        every point of a finite search space was tried
    └── ApiError              a call to the ClearML server did not succeed
        ├── ServerUnavailable no answer, or one that says "later": retried
        ├── CredentialsRefused the server does not accept the credentials: final
        └── RequestRefused    the server understood the request and refused it

The class decides the retry: after `ServerUnavailable` the same is tried again, however long it takes; after
`RequestRefused` the controller looks again and decides anew, a few times; everything else is final.
A message says what must hold, what was got, and what to do.
"""

from collections.abc import Sequence
from dataclasses import dataclass


class HpoError(Exception):
    """Root of all errors of this package; `exit_code` is what the command line ends with."""

    exit_code = 1


@dataclass(frozen=True)
class Violation:
    """One thing that must hold and does not.

    Attributes:
        path: Where, as a dotted path with list indices (`parameters.2.min`); a parameter's name may follow.
        must: What must hold, as a phrase that continues "must" ("be at most max (10)").
        got: What was found instead, as shown to the user.
        todo: What to do about it, as a sentence.
    """

    path: str
    must: str
    got: str
    todo: str = ""

    def __str__(self) -> str:
        sentence = f"{self.path} must {self.must}, but got {self.got}."
        return f"{sentence} {self.todo}".rstrip()


class UsageError(HpoError):
    """What the user gave cannot be used."""

    exit_code = 2


class InvalidConfig(UsageError):
    """The configuration has violations; `violations` lists all of them (at least one)."""

    def __init__(self, violations: Sequence[Violation], because: Sequence[str] = ()) -> None:
        self.violations = tuple(violations)
        super().__init__("\n".join([*map(str, self.violations), *because]))


class UnreadableFile(UsageError):
    """A configuration or export file cannot be read, or is not one of ours."""


class PreflightFailed(HpoError):
    """The server says that the run cannot work; `findings` are sentences, one per problem."""

    def __init__(self, findings: Sequence[str]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(self.findings))


class NotAnInstance(HpoError):
    """The named task is not an instance of this application."""


class HeldElsewhere(HpoError):
    """Another controller works on the instance, and goes on."""


class MissingExtra(HpoError):
    """A part of the package needs an extra that is not installed."""

    def __init__(self, what: str, extra: str) -> None:
        self.extra = extra
        super().__init__(
            f"{what} must have the extra {extra!r} installed, but it is missing. "
            f"Run: pip install 'clearml-hpo-app[{extra}]'"
        )


class SpaceExhausted(HpoError):
    """Every point of a finite search space was tried."""


class SuggestionPending(HpoError):
    """A method still works on its suggestion: ask again for the same number a little later."""


class ApiError(HpoError):
    """A call to the ClearML server did not succeed; `operation` is its name (`tasks.clone`)."""

    def __init__(self, operation: str, message: str) -> None:
        self.operation = operation
        super().__init__(message)


class ServerUnavailable(ApiError):
    """The server gave no answer, or one that says "later"; trying again may help."""


class CredentialsRefused(ApiError):
    """The server does not accept the credentials; trying again does not help."""


class RequestRefused(ApiError):
    """The server understood the request and refused it.

    Attributes:
        code: HTTP status, which is also the result code (400, 403, …).
        subcode: ClearML's result subcode (101 unknown task, 110 wrong status, …).
    """

    def __init__(self, operation: str, message: str, code: int, subcode: int) -> None:
        self.code = code
        self.subcode = subcode
        super().__init__(operation, message)
