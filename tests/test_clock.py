"""The clock of this machine: it waits, and it can be woken."""

import signal
import threading
import time

from clearml_hpo_app.clock import SystemClock, WakingClock


def seconds_of(clock: SystemClock, pause: float) -> float:
    begin = time.monotonic()
    clock.wait(pause)
    return time.monotonic() - begin


def test_a_clock_waits_for_its_seconds():
    assert 0.05 <= seconds_of(SystemClock(), 0.05) < 1
    assert seconds_of(SystemClock(), -1.0) < 1


def test_a_wake_ends_the_wait_under_way():
    clock = SystemClock()
    threading.Timer(0.05, clock.wake).start()
    assert seconds_of(clock, 20.0) < 5


def test_a_wake_from_a_signal_handler_ends_the_wait():
    clock = SystemClock()
    before = signal.signal(signal.SIGUSR1, lambda *_: clock.wake())
    try:
        main = threading.main_thread().ident or 0
        threading.Timer(0.05, lambda: signal.pthread_kill(main, signal.SIGUSR1)).start()
        assert seconds_of(clock, 20.0) < 5
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_many_wakes_before_a_wait_end_only_that_one():
    clock = SystemClock()
    clock.wake()
    clock.wake()
    assert seconds_of(clock, 20.0) < 5
    assert seconds_of(clock, 0.05) >= 0.05


def test_the_clock_of_this_machine_can_be_woken():
    assert isinstance(SystemClock(), WakingClock)
