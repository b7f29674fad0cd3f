"""Charts, the log report and translation: shared by pages and command line, knows no Django model."""
