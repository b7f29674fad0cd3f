"""Django apps, thin, in the order of the loop."""
