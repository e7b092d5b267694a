"""Why this emotion: effects, regions of the spectrogram, sources of the sound, and what would change it.

A `Request` about an excerpt goes into `explainer.explain`, which yields one `Explanation` after the other, each better:
the sound is divided into parts (`sound`), mixtures of them give each part its weight (`weights`), and what matters is
made into sound that the network hears again (`heard`). What a person reads, sees and keeps comes from `told`. The
service asks by `process`, the command line by `command`.
"""
