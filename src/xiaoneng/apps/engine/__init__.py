"""Running instances of any process: tasks, timers, subscriptions, commands; one step is one transaction."""
