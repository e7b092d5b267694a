"""Finding a biased model: who or what is judged differently, through which qualities, and by which part of the sound.

After Chowdhury, Praher & Widmer, "Tracing back music emotion predictions to sound sources and intuitive perceptual
qualities" (SMC 2021, section 5): a difference of the answers between groups is traced to the effects of the mid-level
features and from there to sources in the sound, and watched as it goes away in a model that learned from other music.

    music (takes and their groups) ─┬─ models ─ what they say ─ contrast of each group with the others ─┬─ report
                                    └─ findings ─ effects of the qualities ─ effects of the sources ────┘
"""
