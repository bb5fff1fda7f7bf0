"""The published performance figures, and the commands that make them."""
