"""What a controller answers to wishes, in one property beside them: the newest first, each with its time."""

import logging
from collections import deque
from collections.abc import Iterable
from dataclasses import InitVar, dataclass, field
from datetime import datetime

from clearml_hpo_app.clearml_api import tasks
from clearml_hpo_app.clearml_api.client import Client
from clearml_hpo_app.controller.steering.wishes import ANSWER
from clearml_hpo_app.errors import RequestRefused
from clearml_hpo_app.wording import plain

log = logging.getLogger(__name__)

SHOWN = 20
"""More than there are settings: a page of them that is saved at once has an answer for each."""

CHARACTERS = 400
_SEPARATOR = " | "
_REFUSED = "refused, "
_TIME = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True)
class Answer:
    """What became of one wish.

    Attributes:
        wish: The name of the property that says it.
        outcome: The sentence for the person who wrote it.
        is_refused: Whether it cannot be.
        is_news: Whether it, when not refused, changes the run: not so when it says what holds already.
    """

    wish: str
    outcome: str
    is_refused: bool = False
    is_news: bool = True

    @property
    def text(self) -> str:
        """The outcome as people read it."""
        return f"{_REFUSED}{self.outcome}" if self.is_refused else self.outcome

    @property
    def changes_something(self) -> bool:
        """Whether the run is another one since."""
        return self.is_news and not self.is_refused


def refused(wish: str, why: object) -> Answer:
    """Return the answer to a wish that cannot be."""
    return Answer(wish, str(why), is_refused=True)


def read_answers(text: str, since: datetime) -> dict[str, Answer]:
    """Return the answers in the property that were given at or after a moment, by wish: the newest to each."""
    found: dict[str, Answer] = {}
    earliest = since.strftime(_TIME)
    for line in reversed(text.split(_SEPARATOR)):
        time, told = line[: len(earliest)], line[len(earliest) + 1 :]
        wish, _, outcome = told.partition(": ")
        if time >= earliest:
            found[wish] = Answer(wish, outcome.removeprefix(_REFUSED), is_refused=outcome.startswith(_REFUSED))
    return found


@dataclass
class Answers:
    """The answers to one run's wishes, in the log and in a user property of its controller task.

    Attributes:
        earlier: The property as the controller before this one left it.
    """

    client: Client
    task_id: str
    earlier: InitVar[str] = ""
    _said: deque[str] = field(init=False)

    def __post_init__(self, earlier: str) -> None:
        told = earlier.split(_SEPARATOR) if earlier else []
        self._said = deque(reversed(told), maxlen=SHOWN)

    def say(self, answers: Iterable[Answer], *, again: bool = True) -> None:
        """Add answers; one call for all of them, none without any.

        Without `again`, what was said before is not said anew: a controller that begins meets old wishes.
        """
        texts = [plain(f"{each.wish}: {each.text}", CHARACTERS) for each in answers]
        new = [text for text in texts if again or not any(said.endswith(f" {text}") for said in self._said)]
        if not new:
            return
        for answer in new:
            log.info("%s", answer)
            self._said.append(f"{self.client.now().strftime(_TIME)} {answer}")
        try:
            tasks.write_properties(self.client, self.task_id, {ANSWER: self.text})
        except RequestRefused as error:
            log.warning("the answer could not be written: %s", error)

    @property
    def text(self) -> str:
        """All answers as one line; empty without any."""
        return _SEPARATOR.join(reversed(self._said))
