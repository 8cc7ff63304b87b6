"""Unit 12: vectors from sequences and graphs, and what they are good for afterwards.

A sequence of films takes the place of a sentence, a film that of a word. A pair is (center,
context): two films that stand near each other. Each film has an input vector, which it uses as a
center, and an output vector, which it uses as a context.
"""
