"""``python -m lendmart``: the command line."""

from lendmart.cli import main

main()
