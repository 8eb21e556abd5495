"""What a console says of why its script failed."""

import pytest

from clearml_hpo_app.clearml_api.logs import last_error

LINK = "ClearML results page: http://127.0.0.1:8080/projects/x/experiments/y/output/log"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], ""),
        (["loss 0.3", "Process failed, exit code 1"], "loss 0.3"),
        (
            ["Traceback", "ValueError: no such file", "bye", "Process failed, exit code 1"],
            "ValueError: no such file",
        ),
        (["torch.OutOfMemoryError: CUDA out of memory", LINK], "torch.OutOfMemoryError: CUDA out of memory"),
        (["ValueError: caught", LINK, "Process failed, exit code 255"], "ValueError: caught"),
        ([LINK, "Process failed, exit code -11"], "killed by signal 11 (SIGSEGV)"),
        (
            ["ValueError: caught", LINK, "Process failed, exit code -9"],
            "killed by signal 9 (SIGKILL), as a process is that takes too much memory",
        ),
        (
            [LINK, "Process failed, exit code 137"],
            "killed by signal 9 (SIGKILL), as a process is that takes too much memory",
        ),
    ],
)
def test_the_last_error_is_said_and_a_signal_where_the_script_could_say_nothing(
    lines: list[str], said: str
) -> None:
    assert last_error(lines) == said
