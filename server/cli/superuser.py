"""The first admin, made from the command line."""

from handlers.schemas.accounts import Register
from handlers.security.passwords import open_passwords
from server.config import Config, ConfigError
from storage.accounts import accounts
from storage.database.pool import open_database
from storage.errors import Conflict


async def create_superuser(config: Config, username: str, email: str, password: str) -> None:
    """Make an account with is_admin.

    Raises:
        ConfigError: when the account cannot be made, with a reason for the operator to read.
    """
    given = {"username": username, "email": email, "password": password}
    if errors := Register().validate(given):
        problems = "; ".join(f"{name}: {' '.join(messages)}" for name, messages in errors.items())
        raise ConfigError(f"this cannot be an account: {problems}")
    async with open_database(config.database_url) as db:
        with open_passwords(config.bcrypt_rounds) as passwords:
            try:
                await accounts.create(
                    db,
                    username=username,
                    email=email,
                    password_hash=await passwords.hash(password),
                    display_name=username,
                    is_admin=True,
                    open_to=config.new_accounts_open_to,
                )
            except Conflict as error:
                raise ConfigError(str(error)) from error
