"""Pure computation: no Django, no operational store, no network; time and randomness are arguments."""
