"""Search for the smallest largest territory diameter: pairs of units too far apart are priced until none is left."""
