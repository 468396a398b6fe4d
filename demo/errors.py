"""Why there is no demo, each in one line for the operator."""


class DemoError(Exception):
    """The community cannot be made, or there is none to play."""


class NameTakenError(DemoError):
    """Somebody who is not of the community has the name that one logs in by."""
