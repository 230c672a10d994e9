"""Privacy: identifiers of persons become keyed pseudonyms before anything is stored (spec §6, §8.3)."""

from lendmart.privacy.identifiers import PERSON_KINDS, is_valid, normalise
from lendmart.privacy.key import Key, load_key
from lendmart.privacy.pseudonyms import pseudonym, register_identifier_functions, register_pseudonym
from lendmart.privacy.vault import Vault, is_sealed, register_seal

__all__ = [
    "PERSON_KINDS",
    "Key",
    "Vault",
    "is_sealed",
    "is_valid",
    "load_key",
    "normalise",
    "pseudonym",
    "register_identifier_functions",
    "register_pseudonym",
    "register_seal",
]
