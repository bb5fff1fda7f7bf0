"""`flask <noun> <verb>`: what the operator does at the command line."""
