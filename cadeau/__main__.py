"""`python -m cadeau`."""

import sys

from cadeau.cli import main

sys.exit(main())
