"""The event log: what each user must see, declared, appended, read back."""
