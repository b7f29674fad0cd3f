"""The fictional demo province: causes are set, figures emerge."""
