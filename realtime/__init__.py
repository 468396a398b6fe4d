"""Data in motion: from the commit of an event to the sockets of those who receive it."""
