"""Search on the borders: units change territory, alone or in pairs, with increments in constant time."""
