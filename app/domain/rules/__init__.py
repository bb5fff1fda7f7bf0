"""Rules: one dated, cited clause each, and one small pure function for each kind of clause."""
