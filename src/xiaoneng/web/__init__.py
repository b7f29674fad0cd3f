"""The pages: sign-in, cockpit, logs, account, audit, component library."""
