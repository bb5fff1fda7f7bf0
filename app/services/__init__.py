"""The use cases. They never commit, never read a clock and never see HTTP."""
