"""The pages of called persons, through the door."""
