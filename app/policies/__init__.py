"""The law and the house rules as data, and the public holidays."""
