"""Work to do later: a transactional outbox and its worker; nothing is lost when a process is killed."""
