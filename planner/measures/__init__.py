"""Raw measures of an alignment: pure functions, arrays in, arrays out. `planner.scorecard` is their one caller."""
