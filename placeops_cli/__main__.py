"""`python -m placeops_cli` is `placeops`."""

import sys

from placeops_cli.main import main

sys.exit(main())
