"""Door 2: JSON in, JSON out. The same nouns and the same service functions as the command line."""
