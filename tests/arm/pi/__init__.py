"""A whole Raspberry Pi 3B, emulated: Debian's kernel, real GPIO, and this checkout's code on it."""
