"""Proposing the contract of a new source from its files, for a person to edit (docs/onboard-a-source.md)."""

from lendmart.landing.infer.propose import ProposedColumn, ProposedFeed, propose
from lendmart.landing.infer.write import staging_draft, write_files, yaml_of

__all__ = ["ProposedColumn", "ProposedFeed", "propose", "staging_draft", "write_files", "yaml_of"]
