"""The demonstration: data from a seed, a key per role, and a tour of the main job."""
