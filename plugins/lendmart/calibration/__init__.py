"""Governed cut points (分位切点): fitted on a date, approved by two, in force from a month on (spec §1.4, §11.4)."""
