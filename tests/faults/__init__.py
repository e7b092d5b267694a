"""Faults, injected for real into the real service, and what lights, page, OSC and MIDI say of them, and when.

`python -m tests.faults` runs them all and prints a table.
"""
