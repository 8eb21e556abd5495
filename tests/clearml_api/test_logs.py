"""What a console says of why its script failed."""

import pytest

from clearml_hpo_app.clearml_api.logs import last_error

LINK = "ClearML results page: http://127.0.0.1:8080/projects/x/experiments/y/output/log"

HYDRA = "Set the environment variable HYDRA_FULL_ERROR=1 for a complete stack trace."
FAILED = "Process failed, exit code 1"
NOT_FOUND, OVERRIDE = "Primary config directory not found.", "Could not override 'a.b'."


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
        ([LINK, "", "Primary config directory not found.", "Check that it exists", "", HYDRA, FAILED], NOT_FOUND),
        (
            ["Could not override 'a.b'.", "Key 'b' is not in struct", "  full_key: a.b", "", HYDRA, FAILED],
            OVERRIDE,
        ),
        (["Error executing job", "ValueError: lr", "", HYDRA, FAILED], "ValueError: lr"),
        (["loss 0.3", "", HYDRA, FAILED], "loss 0.3"),
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
