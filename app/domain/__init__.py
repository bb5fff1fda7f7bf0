"""The decision and the words it is made of. Pure: no clock, no I/O, no framework."""
