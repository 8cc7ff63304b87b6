"""Unit 09: wide & deep, exceptions learned by heart and rules that carry over, in one model."""
