"""Where accounts have their own events sent (`webhooks`), and what came of each (`deliveries`)."""
