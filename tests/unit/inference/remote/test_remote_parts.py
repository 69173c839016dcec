"""Addresses of inference servers, the messages on the wire, and whose turn it is."""

import subprocess
import sys

import pytest

from inference.engine import EngineError
from inference.remote.address import AddressError, ServerAddress
from inference.remote.opening import open_transport
from inference.served import number_version, read_facts


@pytest.mark.parametrize(
    ("text", "target", "is_encrypted"),
    [
        ("grpc://engine:8081", "engine:8081", False),
        ("grpcs://engine.example.org:443", "engine.example.org:443", True),
        ("http://127.0.0.1:8080/", "127.0.0.1:8080", False),
        ("https://[::1]:8443", "[::1]:8443", True),
    ],
)
def test_an_address_is_scheme_host_and_port(text: str, target: str, is_encrypted: bool) -> None:
    address = ServerAddress.parse(text)
    assert (address.target, address.is_encrypted) == (target, is_encrypted)
    assert str(address) == text.rstrip("/")


@pytest.mark.parametrize(
    "text",
    [
        *("engine:8081", "grpc://engine", "ftp://engine:21", "grpc://:8081", "http://engine:99999", ""),
        *("http://engine:8080/v2", "http://user:secret@engine:8080", "http://[::1", "grpc://engine:8081?x=1"),
    ],
)
def test_anything_else_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(AddressError) as refused:
        ServerAddress.parse(text)
    assert "secret" not in str(refused.value)


def test_without_grpc_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "inference.remote.grpc_transport", None)
    with pytest.raises(EngineError, match=r"pip install '\.\[engine\]' in the checkout"):
        open_transport(ServerAddress.parse("grpc://engine:8081"))


def test_a_version_is_a_number_that_a_hash_decides() -> None:
    versions = {number_version(f"{number:064x}"[::-1]) for number in range(1, 50)}
    assert len(versions) == 49
    assert all(version.isdecimal() and int(version) < 2**53 for version in versions)


def test_what_a_server_says_of_itself_is_read_from_the_versions() -> None:
    assert read_facts(["12", "sha256/ab", "kernel/x86-64 avx2"]) == {"sha256": "ab", "kernel": "x86-64 avx2"}


def test_a_request_on_the_wire_is_what_the_protocol_says() -> None:
    """Bytes worked out by hand from the field numbers of open_inference_grpc.proto."""
    from inference.remote.grpc_messages import make_messages

    request = make_messages()["ModelInferRequest"](
        model_name="m",
        model_version="7",
        inputs=[{"name": "p", "datatype": "UINT8", "shape": [1, 2]}],
        raw_input_contents=[b"\x01\x02"],
    )
    tensor = b"\x0a\x01p" + b"\x12\x05UINT8" + b"\x1a\x02\x01\x02"
    expected = b"\x0a\x01m" + b"\x12\x017" + b"\x2a" + bytes([len(tensor)]) + tensor + b"\x3a\x02\x01\x02"
    assert request.SerializeToString() == expected


def test_fields_that_are_not_known_are_passed_over() -> None:
    from inference.remote.grpc_messages import make_messages

    reply = make_messages()["ServerReadyResponse"].FromString(b"\x08\x01" + b"\x7a\x03abc")
    assert reply.ready


@pytest.mark.parametrize(
    ("imported", "spared"),
    [
        ("bot.app, bot.engines, inference.local_engine", "grpc google.protobuf inference.remote.pool"),
        ("bot.app, bot.engines, inference.remote.engine", "grpc google.protobuf onnxruntime"),
    ],
)
def test_no_engine_costs_memory_for_what_another_one_needs(imported: str, spared: str) -> None:
    script = f"import sys, {imported}; print(*set({spared.split()}) & sys.modules.keys())"
    found = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert found.stdout.split() == []
