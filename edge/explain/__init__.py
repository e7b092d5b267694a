"""Why this emotion: effects, regions of the spectrogram, sources of the sound, and what would change it."""
