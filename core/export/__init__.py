"""Models to be taken away: files that answer without this program."""
