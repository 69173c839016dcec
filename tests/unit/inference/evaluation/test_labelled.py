"""The table of labelled photos: what is read, what is refused, and what a selection takes."""

import pytest

from inference.evaluation.labelled import (
    LabelsError,
    Selection,
    find_missing,
    pick_evenly,
    read_labels,
    select_rows,
)


@pytest.fixture
def read(tmp_path):
    def read(text, *, encoding="utf-8"):
        table = tmp_path / "labels.csv"
        table.write_bytes(text.encode(encoding))
        return read_labels(table)

    return read


def test_the_columns_file_and_label_are_enough(read):
    (row,) = read("file,label\na.jpg,melanoma\n")
    assert (row.file, row.label, row.source, row.group, row.split) == (
        "a.jpg",
        "melanoma",
        "all",
        "a.jpg",
        "",
    )


def test_all_columns_are_read_and_others_ignored(read):
    (row,) = read("note,file,label,source,group,split\nx,a.jpg,benign,ward,g1,test\n")
    assert (row.source, row.group, row.split) == ("ward", "g1", "test")


def test_subgroups_are_read_where_they_are_filled_in(read):
    full, bare = read("file,label,skin_tone,site,age\na.jpg,benign,V, back ,45\nb.jpg,benign,,,\n")
    assert full.subgroups == {"skin_tone": "V", "site": "back", "age": "45"}
    assert bare.subgroups == {}


def test_an_age_that_is_no_number_is_refused_with_its_line(read):
    with pytest.raises(LabelsError, match="an age in line 3 is not a number of years"):
        read("file,label,age\na.jpg,benign,45\nb.jpg,benign,old\n")


def test_a_spreadsheets_byte_order_mark_does_not_hide_the_first_column(read):
    assert read("file,label\na.jpg,benign\n", encoding="utf-8-sig")[0].file == "a.jpg"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("photo,label\na.jpg,benign\n", "no column file"),
        ("", "no column file and no column label"),
        ("file,label\n", "no rows"),
        ("file,label\n,benign\n", "no file is named in line 2"),
        ("file,label\na.jpg,bad\nb.jpg,bad\nc.jpg,worse\n", "'bad' .2., 'worse' .1. in lines 2, 3, 4"),
        ("file,label\na.jpg,benign\na.jpg,benign\n", "more than once"),
        ("file,label\na.jpg\n", "unknown labels ''"),
        ("file,label,file,label\na.jpg,benign,b.jpg,benign\n", "more than one column file and label"),
        ("file,label,age,age\na.jpg,benign,4,5\n", "more than one column age"),
        ("file,label\na, b.jpg,benign,benign\n", "line 2 has more fields than columns"),
        (f"file,label\na.jpg,benign\n{'b' * 200_000},benign\n", "line 3: field larger than field limit"),
    ],
)  # fmt: skip
def test_a_bad_table_is_refused_with_what_to_change(read, text, said):
    with pytest.raises(LabelsError, match=said):
        read(text)


def test_a_table_that_is_no_text_is_refused(tmp_path):
    table = tmp_path / "labels.csv"
    table.write_bytes(b"\xff\xd8\xff\xe0")
    with pytest.raises(LabelsError, match="UTF-8"):
        read_labels(table)


def test_a_missing_table_is_refused_without_its_name(tmp_path):
    with pytest.raises(LabelsError, match="cannot be opened") as caught:
        read_labels(tmp_path / "secret.csv")
    assert "secret" not in str(caught.value)


TABLE = "file,label,source,split\n" + "".join(
    f"{source}{at}.jpg,{'melanoma' if at % 5 == 0 else 'benign'},{source},{'test' if at % 2 else 'train'}\n"
    for source in ("a", "b")
    for at in range(20)
)


def test_a_selection_takes_splits_and_sources(read):
    rows = select_rows(read(TABLE), Selection(splits=frozenset({"test"}), sources=frozenset({"b"})))
    assert {(row.source, row.split) for row in rows} == {("b", "test")}
    assert len(rows) == 10


def test_a_limit_holds_for_each_source_and_label_and_spreads_over_the_table(read):
    rows = select_rows(read(TABLE), Selection(limit=4))
    assert len(rows) == 16
    assert [row.file for row in rows if row.source == "a" and row.label == "benign"] == [
        "a1.jpg", "a6.jpg", "a11.jpg", "a16.jpg",
    ]  # fmt: skip


def test_a_limit_above_what_is_there_takes_all(read):
    rows = read(TABLE)
    assert pick_evenly(rows, 1000) == rows


@pytest.mark.parametrize(
    ("selection", "said"),
    [
        (Selection(splits=frozenset({"tset"})), "no row has the split tset; the table has: test, train"),
        (Selection(sources=frozenset({"c"})), "no row has the source c"),
    ],
)
def test_an_unknown_selection_names_what_there_is(read, selection, said):
    with pytest.raises(LabelsError, match=said):
        select_rows(read(TABLE), selection)


def test_an_empty_field_too_much_and_an_unknown_column_twice_are_ignored(read):
    (row,) = read("file,label,note,note\na.jpg,benign,x,y,,\n")
    assert row.label == "benign"


def test_a_name_that_no_file_can_have_is_a_missing_file(read, tmp_path):
    rows = read(f"file,label\n{'b' * 5_000},benign\n")
    assert find_missing(rows, tmp_path) == rows


def test_missing_files_are_found(read, tmp_path):
    (tmp_path / "here.jpg").write_bytes(b"x")
    rows = read("file,label\nhere.jpg,benign\ngone.jpg,benign\n")
    assert [row.file for row in find_missing(rows, tmp_path)] == ["gone.jpg"]
