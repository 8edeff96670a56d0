"""The library: photos and datasets, features, models, charts. Knows no Telegram and no SQL.

`python -m core` is its command line; `core.services.services.Services` gives all use cases over the ports that
the caller provides.
"""
