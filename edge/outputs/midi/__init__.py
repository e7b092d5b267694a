"""MIDI: emotions, valence and arousal as control changes, a settled label as a program change."""
