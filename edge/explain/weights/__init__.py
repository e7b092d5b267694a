"""How much each part speaks for an emotion: mixtures of the parts, what the network says of them, and the fit."""
