"""What takes longer to import than a host is patient."""

from __future__ import annotations

import time

time.sleep(3)
