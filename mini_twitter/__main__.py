"""`python -m mini_twitter COMMAND`, also installed as `mini-twitter`; see server/__main__.py."""

import sys

from server.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
