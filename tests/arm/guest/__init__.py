"""What runs in the emulated Python; the tests also call it here, to compare."""
