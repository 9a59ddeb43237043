"""Progress: lines where nobody watches, a bar on a terminal."""

from __future__ import annotations

from io import StringIO

from clickcut.cli.progress import byte_progress, progress


class Terminal(StringIO):
    """A stream that says that a person watches."""

    def isatty(self) -> bool:
        return True


def test_a_file_gets_lines_without_control_characters() -> None:
    stream = StringIO()

    with progress("grabcut", stream) as advance:
        advance(0, 2, "")
        advance(2, 2, "IoU 0.9")

    assert stream.getvalue() == "grabcut: 0 of 2\ngrabcut: 2 of 2, IoU 0.9\n"


def test_a_terminal_gets_a_bar_with_names_as_they_are() -> None:
    stream = Terminal()

    with progress("set[bold]", stream) as advance:
        advance(1, 2, "IoU 0.9")
        advance(2, 2, "IoU 0.8")

    assert "set[bold]" in stream.getvalue()
    assert "2/2" in stream.getvalue()


def test_bytes_are_written_for_people_and_an_unknown_size_is_left_out() -> None:
    stream, terminal = StringIO(), Terminal()

    with byte_progress("weights.pth", stream) as on_bytes:
        on_bytes(0, 3 << 19)
        on_bytes(3 << 19, 3 << 19)
    with byte_progress("list.txt", stream) as on_bytes:
        on_bytes(2048, None)
    with byte_progress("weights.pth", terminal) as on_bytes:
        on_bytes(1 << 20, 3 << 19)

    assert stream.getvalue().splitlines() == [
        "weights.pth: 0 B of 1.5 MiB",
        "weights.pth: 1.5 MiB of 1.5 MiB",
        "list.txt: 2.0 KiB",
    ]
    assert "1.0 MiB/1.5 MiB" in terminal.getvalue()
