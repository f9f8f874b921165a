"""Ctrl-C: once keeps the best so far, twice gives up; errors of the background work come back."""

from __future__ import annotations

import signal

import pytest

from api.cli.interrupt import cancel_on_interrupt, in_background


def test_the_first_press_sets_a_flag_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    with cancel_on_interrupt() as cancelled:
        assert not cancelled()
        signal.raise_signal(signal.SIGINT)
        assert cancelled()
    assert "best plan so far is kept" in capsys.readouterr().err


def test_the_second_press_gives_up() -> None:
    with cancel_on_interrupt():
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_the_usual_handler_is_put_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    with cancel_on_interrupt():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


def test_a_press_is_heard_while_the_background_works() -> None:
    with cancel_on_interrupt() as cancelled:

        def work() -> int:
            signal.raise_signal(signal.SIGINT)
            rounds = 0
            while not cancelled():
                rounds += 1
            return rounds

        assert in_background(work) >= 0
        assert cancelled()


def test_errors_of_the_background_come_back() -> None:
    def work() -> None:
        raise OSError("no room left")

    with pytest.raises(OSError, match="no room left"):
        in_background(work)
