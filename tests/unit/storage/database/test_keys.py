"""The keyring: pseudonyms that cannot be joined, seals that cannot be forged, keys that never show."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.database.key_file import MasterKey
from storage.database.keys import Keyring, SealError

OLD = MasterKey(b"old!", bytes(range(32)))
NEW = MasterKey(b"new!", bytes(range(1, 33)))
RING = Keyring((NEW, OLD))
PURPOSES = st.text(max_size=20)


@given(st.binary(max_size=4_096), PURPOSES)
def test_what_is_sealed_opens_to_the_same_bytes(data: bytes, purpose: str) -> None:
    sealed = RING.encrypt(data, purpose=purpose)
    assert RING.decrypt(sealed, purpose=purpose) == data
    assert len(sealed) == len(data) + 1 + 4 + 12 + 16


@given(st.binary(max_size=64), PURPOSES, PURPOSES)
def test_another_purpose_opens_nothing(data: bytes, purpose: str, other: str) -> None:
    sealed = RING.encrypt(data, purpose=purpose)
    if other != purpose:
        with pytest.raises(SealError):
            RING.decrypt(sealed, purpose=other)


@given(st.binary(max_size=64), st.data())
def test_one_changed_bit_opens_nothing(data: bytes, draw: st.DataObject) -> None:
    sealed = bytearray(RING.encrypt(data, purpose="inbox"))
    bit = draw.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SealError):
        RING.decrypt(bytes(sealed), purpose="inbox")


@given(st.binary(max_size=80))
def test_bytes_that_were_never_sealed_are_refused(data: bytes) -> None:
    with pytest.raises(SealError):
        RING.decrypt(data, purpose="inbox")


def test_the_same_bytes_are_never_sealed_alike() -> None:
    assert len({RING.encrypt(b"photo", purpose="inbox") for _ in range(50)}) == 50


def test_an_older_key_still_opens_and_the_first_one_seals() -> None:
    before = Keyring((OLD,))
    sealed = before.encrypt(b"update", purpose="inbox")
    assert RING.decrypt(sealed, purpose="inbox") == b"update"
    with pytest.raises(SealError, match="key file"):
        before.decrypt(RING.encrypt(b"update", purpose="inbox"), purpose="inbox")


def test_an_older_key_still_finds_a_person() -> None:
    assert Keyring((OLD,)).user_ref(12345) in RING.former_user_refs(12345)
    assert RING.user_ref(12345) not in RING.former_user_refs(12345)


def test_a_photo_is_known_by_the_hash_of_an_older_key() -> None:
    assert RING.photo_hashes(b"photo") == tuple(Keyring((key,)).photo_hash(b"photo") for key in (NEW, OLD))
    assert RING.photo_hashes(b"photo")[0] == RING.photo_hash(b"photo")
    assert not set(RING.photo_hashes(b"photo")) & set(RING.photo_hashes(b"other"))


@given(st.integers(-(2**52), 2**52))
def test_one_number_has_unlike_pseudonyms_for_unlike_purposes(number: int) -> None:
    """A private chat's id is its user's id: whoever holds both tables must not be able to join them."""
    names = {
        RING.user_ref(number),
        RING.lane_ref(number),
        bytes.fromhex(RING.photo_hash(str(number).encode())),
    }
    assert len(names) == 3
    assert all(len(name) == 32 for name in names)


@given(st.integers(-(2**52), 2**52), st.integers(-(2**52), 2**52))
def test_a_pseudonym_is_the_same_each_time_and_for_one_person_only(one: int, other: int) -> None:
    assert (RING.user_ref(one) == Keyring((NEW,)).user_ref(other)) == (one == other)


def test_logs_of_two_starts_cannot_be_joined() -> None:
    again = Keyring((NEW, OLD))
    assert RING.log_ref(12345) == RING.log_ref("12345")
    assert RING.log_ref(12345) != again.log_ref(12345)
    assert len(RING.log_ref(12345)) == 8


def test_no_key_shows_in_a_repr() -> None:
    shown = f"{RING!r} {RING} {NEW!r} {NEW}"
    for key in (OLD, NEW):
        assert key.secret.hex() not in shown
        assert repr(key.secret) not in shown


def test_a_keyring_is_not_pickled() -> None:
    with pytest.raises(TypeError, match="key file"):
        pickle.dumps(RING)
