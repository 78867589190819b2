"""Training and evaluation of the reference model; serving needs none of it."""
