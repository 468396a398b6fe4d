"""`python -m mini_twitter COMMAND`, also installed as `mini-twitter`: what `python -m server` runs."""

import sys

from server.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
