"""Forms with files are read as browsers and clients write them, and refused when they are cut short."""

import pytest

from bot.localchat.forms import FormPart, parse_form

TYPE = 'multipart/form-data; boundary="xYz"'


def form(*parts: bytes) -> bytes:
    return b"".join(b"--xYz\r\n" + part + b"\r\n" for part in parts) + b"--xYz--\r\n"


def test_fields_and_files_come_in_order_with_their_bytes() -> None:
    body = form(
        b'Content-Disposition: form-data; name="text"\r\n\r\ngr\xc3\xbc\xc3\x9fe',
        b'content-disposition: form-data; filename="a.jpg"; name="photo"\r\n'
        b"Content-Type: image/jpeg\r\n\r\n\xff\xd8\r\n--xY\r\n\r\n\xff\xd9",
    )
    assert parse_form(body, TYPE) == [
        FormPart("text", None, "grüße".encode()),
        FormPart("photo", "a.jpg", b"\xff\xd8\r\n--xY\r\n\r\n\xff\xd9"),
    ]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        (b'filename="a%22b.jpg"', 'a"b.jpg'),
        (b'filename="a\\"b.jpg"', 'a"b.jpg'),
        (b"filename*=utf-8''na%C3%AFve.jpg", "naïve.jpg"),
        ("filename='x'; filename=\"naïve.jpg\"".encode(), "naïve.jpg"),
        (b'filename=""', ""),
    ],
)
def test_file_names_are_read_however_they_are_written(written: bytes, name: str) -> None:
    body = form(b'Content-Disposition: form-data; name="photo"; ' + written + b"\r\n\r\nx")
    assert parse_form(body, TYPE) == [FormPart("photo", name, b"x")]


def test_an_empty_form_has_no_parts() -> None:
    assert parse_form(b"--xYz--\r\n", TYPE) == []


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (form(b'Content-Disposition: form-data; name="a"\r\n\r\nx')[:-8], TYPE),
        (form(b'Content-Disposition: form-data; name="a"'), TYPE),
        (form(b"Content-Transfer-Encoding: base64\r\n\r\nx"), TYPE),
        (b"x", TYPE),
        (form(), "multipart/form-data"),
    ],
)
def test_an_incomplete_form_is_refused(body: bytes, kind: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_form(body, kind)
