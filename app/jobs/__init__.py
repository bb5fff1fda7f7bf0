"""Work that goes on after the answer: leased jobs and what is done on a schedule."""
