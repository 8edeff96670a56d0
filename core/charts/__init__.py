"""Charts: a report → a PNG that reads well on a phone, within Telegram's limits for photos."""
