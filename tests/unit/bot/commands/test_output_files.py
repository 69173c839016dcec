"""A file that a command writes takes its place only when all of it is written."""

import stat

import pytest

from bot.commands.export import write_csv
from bot.commands.output_files import write_privately
from bot.errors import CommandRefused


@pytest.fixture
def earlier(tmp_path):
    """A file from an earlier run, readable by all."""
    file = tmp_path / "record.csv"
    file.write_text("earlier")
    file.chmod(0o644)
    return file


def test_what_is_written_takes_the_place_of_the_earlier_file_and_is_private(earlier):
    with write_privately(earlier) as draft:
        draft.write_text("new")
        assert earlier.read_text() == "earlier"
    assert earlier.read_text() == "new"
    assert stat.S_IMODE(earlier.stat().st_mode) == 0o600
    assert list(earlier.parent.iterdir()) == [earlier]


@pytest.mark.parametrize("fault", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_if_writing_fails_the_earlier_file_stays_and_no_draft_is_left(earlier, fault):
    def write_half() -> None:
        with write_privately(earlier) as draft:
            draft.write_text("ne")
            raise fault

    with pytest.raises(type(fault)):
        write_half()
    assert earlier.read_text() == "earlier"
    assert list(earlier.parent.iterdir()) == [earlier]


def test_a_table_that_fails_half_way_leaves_the_earlier_one(earlier):
    class Failing:
        def __str__(self) -> str:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        write_csv(earlier, ("case",), [{"case": "7K2M-9QXD"}, {"case": Failing()}])
    assert earlier.read_text() == "earlier"
    assert list(earlier.parent.iterdir()) == [earlier]


def test_a_name_as_long_as_a_folder_takes_can_be_written(tmp_path):
    file = tmp_path / ("r" * 255)
    with write_privately(file) as draft:
        draft.write_text("new")
    assert file.read_text() == "new"


def test_a_link_is_not_followed(earlier):
    link = earlier.with_name("link.csv")
    link.symlink_to(earlier)
    with pytest.raises(CommandRefused, match="not a regular file"), write_privately(link):
        pytest.fail("nothing may be written")
    assert earlier.read_text() == "earlier"
