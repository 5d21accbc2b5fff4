"""`python -m wasi_threads`."""

from ._command import main

raise SystemExit(main())
