"""The operations as REST: routes, their requests, and the problems that they answer."""
