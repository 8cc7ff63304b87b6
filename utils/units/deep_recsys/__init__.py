"""Unit 08: networks and hybrid models, stars as classes, a new user without training."""
