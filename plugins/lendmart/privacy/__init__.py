"""Privacy: identifiers of persons become keyed pseudonyms before anything is stored (spec §6, §8.3)."""

from lendmart.privacy.identifiers import PERSON_KINDS, is_valid, normalise
from lendmart.privacy.key import Key, load_key
from lendmart.privacy.pseudonyms import pseudonym, register_identifier_functions, register_pseudonym

__all__ = [
    "PERSON_KINDS",
    "Key",
    "is_valid",
    "load_key",
    "normalise",
    "pseudonym",
    "register_identifier_functions",
    "register_pseudonym",
]
