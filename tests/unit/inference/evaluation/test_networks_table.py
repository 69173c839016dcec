"""What the model card says that each network takes."""

from inference.evaluation.report_tables import tabulate_networks


def test_a_network_that_sees_the_middle_says_so() -> None:
    """A report of an older pair does not know; its networks saw all."""
    table = tabulate_networks({"cnn": {"size_px": 160, "middle": 0.8}, "vit": {"size_px": 112}})
    inputs = [row[table.heading.index("input")] for row in table.rows]
    assert inputs == ["160 px, the crop's middle (0.8 of its side)", "112 px"]
