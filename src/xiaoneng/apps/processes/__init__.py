"""Rules and process models that were published for a date: what they were on any day stays known."""
