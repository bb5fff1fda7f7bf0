"""Pages, through the door, with cookies and without scripts."""
