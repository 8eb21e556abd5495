"""What the controller answers to wishes, written where they were written: the newest first, each with its time."""

import logging
from collections import deque
from collections.abc import Iterable
from dataclasses import InitVar, dataclass, field

from clearml_hpo_app.clearml_api import tasks
from clearml_hpo_app.clearml_api.client import Client
from clearml_hpo_app.controller.steering.wishes import ANSWER
from clearml_hpo_app.errors import RequestRefused
from clearml_hpo_app.wording import plain

log = logging.getLogger(__name__)

SHOWN = 20
"""More than there are settings: a page of them that is saved at once has an answer for each."""

CHARACTERS = 400
SEPARATOR = " | "


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
        told = earlier.split(SEPARATOR) if earlier else []
        self._said = deque(reversed(told), maxlen=SHOWN)

    def say(self, answers: Iterable[str], *, again: bool = True) -> None:
        """Add answers; one call for all of them, none without any.

        Without `again`, what was said before is not said anew: a controller that begins meets old wishes.
        """
        texts = [plain(each, CHARACTERS) for each in answers]
        new = [text for text in texts if again or not any(said.endswith(f" {text}") for said in self._said)]
        if not new:
            return
        for answer in new:
            log.info("%s", answer)
            self._said.append(f"{self.client.now():%Y-%m-%d %H:%M:%S} {answer}")
        try:
            tasks.write_properties(self.client, self.task_id, {ANSWER: self.text})
        except RequestRefused as error:
            log.warning("the answer could not be written: %s", error)

    @property
    def text(self) -> str:
        """All answers as one line; empty without any."""
        return SEPARATOR.join(reversed(self._said))
