"""The operations as REST: routes, and the problems that they answer."""
