"""The worker that runs background jobs, and the mailer that it runs some of them with."""
