"""Governed cut points and standard values: fitted on a date, approved by two, in force from a month on (spec §11.4)."""
