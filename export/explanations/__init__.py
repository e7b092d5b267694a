"""How far explanations can be trusted, measured on the shipped network: agreement, planted evidence, sound, speed."""
