"""Parts made louder or softer as real sound: rendered, equally loud, and heard by the network."""
