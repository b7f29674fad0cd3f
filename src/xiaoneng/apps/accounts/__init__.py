"""Who uses the platform: users, roles, signing in, and the encryption of what is personal."""
