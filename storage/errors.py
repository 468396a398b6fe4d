"""What storage raises, by meaning; handlers/errors.py maps it to the wire."""


class StorageError(Exception):
    """The base of everything that storage raises on purpose."""


class NotFound(StorageError):
    """Absent, or not visible to the one who asks."""

    def __init__(self, what: str) -> None:
        super().__init__(f"No such {what}.")


class Conflict(StorageError):
    """Base of clashes with what is stored; field names the input that clashed."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class UsernameTaken(Conflict):
    """Somebody has the username, whatever its capitals."""

    def __init__(self) -> None:
        super().__init__("username", "This username is taken.")


class EmailTaken(Conflict):
    """An account has the e-mail address, whatever its capitals."""

    def __init__(self) -> None:
        super().__init__("email", "This e-mail address is taken.")


class ConversationFull(Conflict):
    """A group would have more participants than it may."""

    def __init__(self, participants_max: int) -> None:
        super().__init__("add", f"A group has at most {participants_max} participants.")


class TooManyLinks(Conflict):
    """A group would have more links than it may."""

    def __init__(self, links_max: int) -> None:
        super().__init__("conversation_id", f"A group has at most {links_max} links.")


class TooManyWebhooks(Conflict):
    """An account would have more webhooks of a kind than it may."""

    def __init__(self, field: str, webhooks_max: int) -> None:
        super().__init__(field, f"An account has at most {webhooks_max} webhooks.")


class WebhookDisabled(Conflict):
    """A webhook to which nothing is sent."""

    def __init__(self) -> None:
        super().__init__("id", "This webhook is disabled.")


class TooManyRequests(Conflict):
    """More would be written, or opened, that nobody has accepted, than may be."""


class TooManyPictures(Conflict):
    """A user has sent more pictures, and not used them, than may wait."""

    def __init__(self, waiting_max: int) -> None:
        super().__init__(
            "file", f"Of pictures that no post or message shows, {waiting_max} may wait."
        )


class TooManyMutedWords(Conflict):
    """A user would have muted more words than one may."""

    def __init__(self, words_max: int) -> None:
        super().__init__("text", f"One mutes at most {words_max} words.")


class PollEnded(Conflict):
    """Nobody votes in a poll any more."""

    def __init__(self) -> None:
        super().__init__("id", "This poll has ended.")


class AlreadyVoted(Conflict):
    """A vote is for good, and the user has made another choice."""

    def __init__(self) -> None:
        super().__init__("choices", "You have made another choice in this poll.")


class UnusableChoices(StorageError):
    """No such option, or more of them than the poll lets one choose."""


class OwnPoll(StorageError):
    """Who asks does not answer."""

    def __init__(self) -> None:
        super().__init__("Nobody votes in their own poll.")


class TooManyBots(Conflict):
    """A user has as many bots as may be."""

    def __init__(self, bots_max: int) -> None:
        super().__init__("username", f"Nobody has more than {bots_max} bots: delete one first.")


class TooManyTokens(Conflict):
    """An account has as many personal access tokens as may be."""

    def __init__(self, tokens_max: int) -> None:
        super().__init__("name", f"An account has at most {tokens_max} tokens: revoke one first.")


class ReportClosed(Conflict):
    """A report has been settled by an admin."""

    def __init__(self) -> None:
        super().__init__("status", "This report has been settled before.")


class Forbidden(StorageError):
    """Base of what is visible to the one who asks, but not theirs to do."""


class Blocked(Forbidden):
    """One of two users has blocked the other."""

    def __init__(self, message: str = "One of you has blocked the other.") -> None:
        super().__init__(message)


class NotAuthor(Forbidden):
    """Only the author may change it."""


class RoleRequired(Forbidden):
    """The group lets only its owner, or only its admins, do this."""

    def __init__(self, message: str = "Your role in this group does not allow it.") -> None:
        super().__init__(message)


class Banned(Forbidden):
    """The group has banned the user who would come into it."""

    def __init__(self) -> None:
        super().__init__("The group has banned this user.")


class NotAccepted(Forbidden):
    """The other takes no messages of the user, by their own setting."""

    def __init__(self, message: str = "They take no messages from you.") -> None:
        super().__init__(message)


class NotQuotable(Forbidden):
    """The author does not let the user quote them, by their own setting."""

    def __init__(self) -> None:
        super().__init__("Its author does not let you quote it.")


class NotAGroup(Forbidden):
    """A direct conversation stays as it is."""

    def __init__(self) -> None:
        super().__init__("A direct conversation stays between its two.")


class UnusablePictures(StorageError):
    """Pictures that cannot be attached: what is wrong, by their place in the list."""

    def __init__(self, wrong: dict[int, str]) -> None:
        super().__init__("Some of these pictures cannot be used.")
        self.wrong = wrong


class TooManyReactions(Conflict):
    """A message would have more different reactions, or more by one person, than it may."""

    def __init__(self, different_max: int, each_max: int) -> None:
        super().__init__(
            "emoji",
            f"A message has at most {different_max} different reactions,"
            f" {each_max} of them by one person.",
        )


class TooManyPins(Conflict):
    """A conversation would have more pinned messages than it may."""

    def __init__(self, pins_max: int) -> None:
        super().__init__("id", f"A conversation has at most {pins_max} pinned messages.")


class UnusableReply(StorageError):
    """A message would answer one that is not there to be answered."""

    def __init__(self) -> None:
        super().__init__("There is no such message here, or it was taken back.")


class NothingToSee(StorageError):
    """A post or message would have neither words nor a picture."""

    def __init__(self) -> None:
        super().__init__("There is nothing to see in this.")


class KeyReused(StorageError):
    """An idempotency key came again with another body."""


class Unavailable(StorageError):
    """PostgreSQL or the media store is away, or too busy to answer in time."""


class RenamedTooOften(StorageError):
    """As many names are kept back for the account as may be; retry_after is in seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("As many of your names are kept back as may be.")
        self.retry_after = retry_after


class BadCursor(StorageError):
    """A cursor that no page of ours gave out."""

    def __init__(self) -> None:
        super().__init__("Not a cursor of this list.")


class SessionEnded(StorageError):
    """The session is revoked or expired, or its user gone; a reused refresh token ends it."""
