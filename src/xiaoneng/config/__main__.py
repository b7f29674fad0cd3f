"""``python -m xiaoneng.config COMMAND``: the process behind ``xiaoneng up`` and its companions."""

import sys

from xiaoneng.config.run import main

sys.exit(main())
