"""Sealed fields: they open only where they were sealed, unchanged, with a key we hold."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.store.vault import Unsealable, Vault
from tests.fixtures import INDEX_KEY, VAULT_KEYS
from tests.makers import seeded

PLACE = "people.phone:0000000000V"
OLD, NEW = VAULT_KEYS["k1"], bytes(range(100, 132))
texts = st.text(st.characters(codec="utf-8"), max_size=80)


def a_vault(**keys: bytes) -> Vault:
    return Vault(keys or VAULT_KEYS, INDEX_KEY, seeded())


@pytest.mark.covers("N5", "D59")
@given(texts)
def test_what_is_sealed_is_unsealed_at_the_same_place(text: str) -> None:
    vault = a_vault()
    assert vault.unseal(vault.seal(text, at=PLACE), at=PLACE) == text


@pytest.mark.covers("N5", "D59")
def test_the_same_text_is_never_sealed_alike() -> None:
    vault = a_vault()
    sealed = {vault.seal("255754123456", at=PLACE) for _ in range(1_000)}
    assert len(sealed) == 1_000
    assert not any("255754123456" in envelope for envelope in sealed)


@pytest.mark.covers("N5")
def test_an_envelope_moved_to_another_row_or_column_is_refused() -> None:
    vault = a_vault()
    envelope = vault.seal("255754123456", at=PLACE)
    for place in ("people.phone:0000000000W", "people.email:0000000000V", ""):
        with pytest.raises(Unsealable):
            vault.unseal(envelope, at=place)


@pytest.mark.covers("N5", "D59")
@given(texts, st.integers(0, 10_000), st.integers(0, 6))
def test_an_envelope_with_one_flipped_bit_is_refused(text: str, place: int, bit: int) -> None:
    vault = a_vault()
    envelope = vault.seal(text, at=PLACE)
    place %= len(envelope)
    tampered = envelope[:place] + chr(ord(envelope[place]) ^ 1 << bit) + envelope[place + 1 :]
    with pytest.raises(Unsealable):
        vault.unseal(tampered, at=PLACE)


@given(st.text(max_size=80) | texts.map(lambda text: f"v1:k1:{text}"))
def test_what_is_no_envelope_of_ours_is_refused(text: str) -> None:
    with pytest.raises(Unsealable):
        a_vault().unseal(text, at=PLACE)


@pytest.mark.parametrize(
    "spoil", [lambda e: e + "=", lambda e: e + "\n", lambda e: e[:-1], lambda e: e.replace("v1", "v2")]
)
def test_an_envelope_spelled_otherwise_is_refused(spoil: Callable[[str], str]) -> None:
    vault = a_vault()
    with pytest.raises(Unsealable):
        vault.unseal(spoil(vault.seal("abc", at=PLACE)), at=PLACE)


@pytest.mark.covers("D60", "N5", "S66")
def test_a_new_key_seals_while_the_old_one_still_unseals() -> None:
    sealed_before = a_vault(k1=OLD).seal("255754123456", at=PLACE)
    rotated = a_vault(k2=NEW, k1=OLD)
    assert rotated.unseal(sealed_before, at=PLACE) == "255754123456"
    assert rotated.seal("255754123456", at=PLACE).startswith("v1:k2:")
    with pytest.raises(Unsealable, match="no key 'k1'"):
        a_vault(k2=NEW).unseal(sealed_before, at=PLACE)
    with pytest.raises(Unsealable):
        a_vault(k1=NEW).unseal(sealed_before, at=PLACE)


def test_a_look_up_hash_is_stable_and_tells_kinds_and_keys_apart() -> None:
    vault = a_vault()
    index = vault.index("255754123456", kind="phone")
    assert index == a_vault(k2=NEW).index("255754123456", kind="phone")
    others = {
        vault.index("255754123457", kind="phone"),
        vault.index("255754123456", kind="email"),
        Vault(VAULT_KEYS, NEW, seeded()).index("255754123456", kind="phone"),
    }
    assert index not in others
    assert len(index) == 64
